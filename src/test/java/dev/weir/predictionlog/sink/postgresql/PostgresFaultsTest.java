package dev.weir.predictionlog.sink.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.weir.fixture.PostgresServer;
import dev.weir.fixture.Records;
import dev.weir.predictionlog.LogSink;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.StoredEntry;
import dev.weir.predictionlog.sink.SinkTrouble;
import dev.weir.predictionlog.sink.TestForwarders;
import dev.weir.predictionlog.sink.Trouble;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database that fails in every way that it may. */
class PostgresFaultsTest {

    @TempDir
    private Path directory;

    private static List<PredictionRecord> records(int from, int to) {
        return IntStream.range(from, to).mapToObj(Records::record).toList();
    }

    private static List<StoredEntry> entries(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> new StoredEntry("replica-1", new Position(1, 1, i), true, Records.record(i)))
                .toList();
    }

    private static void assertTrouble(Throwable thrown, Trouble trouble) {
        assertThat(thrown).isInstanceOfSatisfying(SinkTrouble.class, e -> assertThat(e.trouble())
                .isEqualTo(trouble));
    }

    @Test
    void shouldHaveEveryEntryOnceWhenTheServerIsKilledInTheMiddle() throws Exception {
        try (PostgresServer server = PostgresServer.in(directory)) {
            PostgresPlace place = PostgresPlace.of(server);
            int all = 6_000;
            try (TestForwarders forwarding = new TestForwarders(place.sink(), directory, 50)) {
                for (int round = 0; round < 3; round++) {
                    int from = round * all / 3;
                    forwarding.add(records(from, from + all / 3));
                    await().until(() -> forwarding.status().forwarded() > from + 200);
                    server.kill();
                    await().until(() -> forwarding.status().trouble() != null);
                    server.restart();
                }
                await().untilAsserted(() ->
                        assertThat(forwarding.status().lagRecords()).isZero());
                assertThat(forwarding.status().deadLetters()).isZero();
            }

            assertThat(place.select("SELECT count(*) FROM entry")).isEqualTo(String.valueOf(all));
            assertThat(place.select("SELECT count(DISTINCT prediction_id) FROM entry"))
                    .isEqualTo(String.valueOf(all));
            assertThat(place.select("SELECT max(seq) - min(seq) + 1 FROM entry"))
                    .isEqualTo(String.valueOf(all));
        }
    }

    @Test
    void shouldSayThatATableIsMissing() throws Exception {
        PostgresPlace place = PostgresPlace.fresh();
        try (PostgresSink sink = place.sink()) {
            sink.open("replica-1");
            place.execute("DROP TABLE entry CASCADE");

            assertTrouble(catchThrowable(() -> sink.write(entries(1, 2))), Trouble.MISSING);
        }
    }

    @Test
    void shouldSayThatTablesAreMissingThatItMayNotMake() {
        PostgresPlace place = PostgresPlace.fresh();
        try (PostgresSink sink = place.sink(place.access(), false, PostgresPlace.CLEAR, null)) {
            assertTrouble(catchThrowable(() -> sink.open("replica-1")), Trouble.MISSING);
        }
    }

    @Test
    void shouldUseTablesThatSomebodyElseMade() throws Exception {
        PostgresPlace place = PostgresPlace.fresh();
        try (PostgresSink maker = place.sink();
                PostgresSink sink = place.sink(place.access(), false, PostgresPlace.CLEAR, null)) {
            maker.open("replica-0");

            assertThat(sink.open("replica-1")).isEqualTo(Position.START);
        }
    }

    /** Makes the tables of the first version of Weir. */
    private static PostgresPlace oldTables() throws Exception {
        PostgresPlace place = PostgresPlace.fresh();
        try (PostgresSink maker = place.sink()) {
            maker.open("replica-0");
        }
        place.execute("DROP INDEX entry_version; DELETE FROM weir_schema_history WHERE version = '2'");
        return place;
    }

    @Test
    void shouldChangeTablesOfAnOlderWeir() throws Exception {
        PostgresPlace place = oldTables();

        try (PostgresSink sink = place.sink()) {
            sink.open("replica-1");
        }

        assertThat(place.select("SELECT 'entry_version'::regclass")).isEqualTo("entry_version");
    }

    @Test
    void shouldSayThatTablesAreOfAnOlderWeirThatItMayNotChange() throws Exception {
        PostgresPlace place = oldTables();

        try (PostgresSink sink = place.sink(place.access(), false, PostgresPlace.CLEAR, null)) {
            assertTrouble(catchThrowable(() -> sink.open("replica-1")), Trouble.UNKNOWN_SCHEMA);
        }
    }

    @Test
    void shouldSayThatItMayNotWrite() throws Exception {
        PostgresPlace place = PostgresPlace.fresh();
        String user = place.schema() + "_user";
        try (PostgresSink maker = place.sink()) {
            maker.open("replica-1");
        }
        place.execute("CREATE ROLE " + user + " LOGIN PASSWORD 'postgres'; GRANT USAGE ON SCHEMA " + place.schema()
                + " TO " + user + "; GRANT SELECT ON ALL TABLES IN SCHEMA " + place.schema() + " TO " + user);

        try (PostgresSink sink = place.as(user).sink()) {
            assertTrouble(catchThrowable(() -> sink.open("replica-1")), Trouble.FORBIDDEN);
        }
    }

    @Test
    void shouldSayThatNothingListens() throws Exception {
        PostgresServer server = PostgresServer.shared();
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        PostgresAccess nowhere = new PostgresAccess(
                "jdbc:postgresql://127.0.0.1:" + port + "/postgres",
                server.user(),
                "postgres",
                null,
                "weir",
                Duration.ofSeconds(1),
                Duration.ofSeconds(1));
        try (PostgresSink sink = PostgresPlace.fresh().sink(nowhere, true, PostgresPlace.CLEAR, null)) {
            assertTrouble(catchThrowable(() -> sink.open("replica-1")), Trouble.UNREACHABLE);
        }
    }

    @Test
    void shouldGiveUpOnAServerThatNeverAnswers() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            PostgresAccess access = new PostgresAccess(
                    "jdbc:postgresql://127.0.0.1:" + silent.getLocalPort() + "/postgres",
                    "postgres",
                    "postgres",
                    null,
                    "weir",
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(1));
            long begin = System.nanoTime();
            try (PostgresSink sink = PostgresPlace.fresh().sink(access, true, PostgresPlace.CLEAR, null)) {
                assertThatThrownBy(() -> sink.open("replica-1")).isInstanceOf(IOException.class);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(30));
        }
    }

    @Test
    void shouldGiveUpOnALockThatSomebodyHolds() throws Exception {
        PostgresPlace place = PostgresPlace.fresh();
        try (PostgresSink sink = place.sink(place.access(Duration.ofSeconds(1)), true, PostgresPlace.CLEAR, null)) {
            sink.open("replica-1");
            try (Connection holder = place.server().connect();
                    Statement statement = holder.createStatement()) {
                holder.setAutoCommit(false);
                statement.execute("SELECT * FROM " + place.schema() + ".forwarded FOR UPDATE");

                assertTrouble(catchThrowable(() -> sink.write(entries(1, 2))), Trouble.TIMEOUT);
            }
            assertThat(sink.open("replica-1")).isEqualTo(Position.START);
            sink.write(entries(1, 2));
        }
        assertThat(place.select("SELECT count(*) FROM entry")).isEqualTo("1");
    }

    @Test
    void shouldNotWriteBesideAnotherThatForwardsTheSameLog() throws Exception {
        PostgresPlace place = PostgresPlace.fresh();
        try (PostgresSink one = place.sink();
                PostgresSink other = place.sink()) {
            one.open("replica-1");
            other.open("replica-1");
            one.write(entries(1, 4));

            assertTrouble(catchThrowable(() -> other.write(entries(1, 4))), Trouble.CONTESTED);

            assertThat(other.open("replica-1")).isEqualTo(new Position(1, 1, 3));
        }
        assertThat(place.select("SELECT count(*) FROM entry")).isEqualTo("3");
    }

    @Test
    void shouldLetReplicasThatStartTogetherMakeTheTablesOnce() throws Exception {
        PostgresPlace place = PostgresPlace.fresh();
        List<Thread> threads = IntStream.range(0, 3)
                .mapToObj(i -> Thread.ofPlatform().start(() -> {
                    try (PostgresSink sink = place.sink()) {
                        for (int attempt = 0; attempt < 20; attempt++) {
                            try {
                                sink.open("replica-" + i);
                                sink.write(List.of(new StoredEntry(
                                        "replica-" + i, new Position(1, 1, 1), true, Records.record(i))));
                                return;
                            } catch (IOException e) {
                                // as a forwarder, try again
                            } catch (LogSink.Refused e) {
                                throw new IllegalStateException(e);
                            }
                        }
                    }
                }))
                .toList();
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(place.select("SELECT count(*) FROM entry")).isEqualTo("3");
        assertThat(place.select("SELECT count(*) FROM record_context")).isEqualTo("1");
    }

    @Test
    void shouldNotRepeatWhatAnEntrySaysWhenItIsRefused() throws Exception {
        PostgresPlace place = PostgresPlace.fresh();
        try (PostgresSink sink = place.sink()) {
            sink.open("replica-1");
            PredictionRecord poison = Records.draft(1).caller("se\0cret").build();

            Throwable refused = catchThrowable(
                    () -> sink.write(List.of(new StoredEntry("replica-1", new Position(1, 1, 1), true, poison))));

            assertThat(refused)
                    .isInstanceOf(LogSink.Refused.class)
                    .hasMessage("sqlstate 22021")
                    .hasNoCause();
        }
    }

    @Test
    void shouldMakePartitionsAheadAndForDaysThatComeLate() throws Exception {
        PostgresPlace place = PostgresPlace.fresh();
        try (PostgresSink sink = place.sink()) {
            sink.open("replica-1");
            String ahead = place.select("SELECT string_agg(inhrelid::regclass::text, ',' ORDER BY 1) FROM pg_inherits"
                    + " WHERE inhparent = 'entry'::regclass");
            assertThat(ahead).isEqualTo("entry_20260102,entry_20260103,entry_20260104");

            sink.write(List.of(new StoredEntry(
                    "replica-1",
                    new Position(1, 1, 1),
                    true,
                    Records.draft(1)
                            .started(Records.NOON.minus(Duration.ofDays(40)))
                            .build())));
        }

        assertThat(place.select("SELECT tableoid::regclass::text FROM entry")).isEqualTo("entry_20251123");
    }
}
