package dev.weir.predictionlog.sink.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.LogSettings;
import dev.weir.fixture.PostgresServer;
import dev.weir.fixture.Records;
import dev.weir.inference.PredictionId;
import dev.weir.predictionlog.LogSink;
import dev.weir.predictionlog.PayloadSeal;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.RetentionHold;
import dev.weir.predictionlog.SinkPayloads;
import dev.weir.predictionlog.StoredEntry;
import dev.weir.predictionlog.SubjectEraser.Evidence;
import dev.weir.predictionlog.SubjectEraser.Result;
import dev.weir.predictionlog.SubjectPayloads;
import dev.weir.predictionlog.sink.ConfiguredSink;
import dev.weir.predictionlog.sink.SinkConfig;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is asked of the kind of sink as a whole: its configuration, and to forget. */
class PostgresSinksTest {

    private static final PredictionRecord OF_A_SUBJECT = Records.full(1);

    private final PostgresPlace place = PostgresPlace.emptied();
    private final PostgresSinks sinks = new PostgresSinks(
            LogSettings.in(Path.of("log")), PostgresPlace.CLEAR, RetentionHold.NONE, InstantSource.fixed(Records.NOON));

    private SinkConfig.Sink config(Map<String, String> others) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "url", PostgresServer.shared().url(),
                "user", PostgresServer.shared().user(),
                "password", "postgres",
                "schema", place.schema()));
        settings.putAll(others);
        return ConfiguredSink.of("postgresql", settings);
    }

    private List<String> mistakes(Map<String, String> settings) {
        List<String> mistakes = new ArrayList<>();
        sinks.make("s", ConfiguredSink.of("postgresql", settings), mistakes);
        return mistakes;
    }

    private static Map<String, String> with(String key, String value) {
        Map<String, String> settings = new HashMap<>(Map.of("url", "jdbc:postgresql://db/weir"));
        settings.put(key, value);
        return settings;
    }

    @Test
    void shouldNeedNothingButAnAddress() {
        assertThat(mistakes(Map.of("url", "jdbc:postgresql://db:5432/weir?sslmode=verify-full")))
                .isEmpty();
    }

    @Test
    void shouldRefuseToBeWithoutAnAddress() {
        assertThat(mistakes(Map.of()))
                .containsExactly("weir.predictions.sinks.s.postgresql.url: must be an address that begins with"
                        + " jdbc:postgresql:");
    }

    @ParameterizedTest
    @CsvSource({
        "url, postgresql://db/weir, url: must be an address that begins with jdbc:postgresql:",
        "url, jdbc:postgresql:, url: must be an address that begins with jdbc:postgresql:",
        "url, jdbc:mysql://db/weir, url: must be an address that begins with jdbc:postgresql:",
        "url, jdbc:postgresql://db/weir?password=hush, url: must not hold credentials",
        "url, jdbc:postgresql://db/weir?ssl=true&USER=ann, url: must not hold credentials",
        "url, jdbc:postgresql://ann:hush@db/weir, url: must not hold credentials",
        "schema, Weir, schema: must be a name of a-z 0-9 _",
        "schema, 'a; DROP', schema: must be a name of a-z 0-9 _",
        "schema, 1a, schema: must be a name of a-z 0-9 _"
    })
    void shouldRefuseWhatIsNoneNamingTheKeyAndNotTheValue(String key, String value, String said) {
        assertThat(mistakes(with(key, value))).containsExactly("weir.predictions.sinks.s.postgresql." + said);
    }

    @Test
    void shouldRefuseTwoPasswords() {
        Map<String, String> settings = with("password", "hush");
        settings.put("password-file", "/run/secrets/db");

        assertThat(mistakes(settings))
                .containsExactly(
                        "weir.predictions.sinks.s.postgresql.password-file: must not be set beside a password");
    }

    @BeforeEach
    void forward() throws Exception {
        try (LogSink sink = place.sink()) {
            sink.open("replica-1");
            sink.write(List.of(
                    new StoredEntry("replica-1", new Position(1, 1, 1), true, OF_A_SUBJECT),
                    new StoredEntry(
                            "replica-1",
                            new Position(1, 1, 2),
                            true,
                            Records.draft(2).payload(OF_A_SUBJECT.payload()).build())));
        }
    }

    private Evidence forget(Map<String, String> others, String key) {
        return sinks.forget("s", config(others), Set.of(key, "hmac:k0:older"));
    }

    @Test
    void shouldForgetThePayloadsOfASubjectAndOfNobodyElse() throws Exception {
        Evidence evidence = forget(Map.of(), String.valueOf(OF_A_SUBJECT.subjectKey()));

        assertThat(evidence)
                .isEqualTo(new Evidence("s", Result.DELETED, 1, "backups of the database are out of reach"));
        assertThat(place.select("SELECT erased FROM entry WHERE seq = 1 AND payload IS NULL"))
                .isEqualTo("t");
        assertThat(place.select("SELECT erased FROM entry WHERE seq = 2 AND payload IS NOT NULL"))
                .isEqualTo("f");
    }

    @Test
    void shouldSayThatNothingIsKeptOfWhomItForgotBefore() {
        forget(Map.of(), String.valueOf(OF_A_SUBJECT.subjectKey()));

        Evidence again = forget(Map.of(), String.valueOf(OF_A_SUBJECT.subjectKey()));

        assertThat(again.result()).isEqualTo(Result.NOTHING_KEPT);
        assertThat(again.count()).isZero();
    }

    /** Tells who was erased, and waits before it does. */
    private static final class Erasing implements PayloadSeal {

        private final CountDownLatch asked = new CountDownLatch(1);
        private final CountDownLatch goOn = new CountDownLatch(1);
        private volatile boolean erased;

        @Override
        public boolean isErased(PredictionId id, String subjectKey) {
            boolean before = erased;
            asked.countDown();
            await(goOn);
            return before;
        }

        @Override
        public byte[] seal(PredictionId id, @Nullable String subjectKey, byte[] payload) {
            return payload;
        }

        @Override
        public byte[] open(PredictionId id, @Nullable String subjectKey, byte[] sealed) {
            return sealed;
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private Position writeAgain(PayloadSeal seal) throws Exception {
        try (LogSink sink = place.sink(new SinkPayloads(SubjectPayloads.CLEAR, seal), null)) {
            sink.open("replica-1");
            return sink.write(List.of(new StoredEntry("replica-1", new Position(1, 1, 3), true, OF_A_SUBJECT)));
        }
    }

    /** The batch was committed after the deletion, with what was deleted elsewhere. */
    @Test
    void shouldForgetWhatABatchOnItsWayHasReadBefore() throws Exception {
        Erasing seal = new Erasing();
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            Future<Position> written = threads.submit(() -> writeAgain(seal));
            await(seal.asked);
            seal.erased = true;
            Future<Evidence> forgotten =
                    threads.submit(() -> forget(Map.of(), String.valueOf(OF_A_SUBJECT.subjectKey())));
            Awaitility.await().until(() -> forgotten.isDone() || someoneWaitsForARow());
            seal.goOn.countDown();

            written.get(20, TimeUnit.SECONDS);
            assertThat(forgotten.get(20, TimeUnit.SECONDS).count()).isEqualTo(2);
        } finally {
            seal.goOn.countDown();
        }
        assertThat(place.select("SELECT count(*) FROM entry WHERE subject_key IS NOT NULL AND payload IS NOT NULL"))
                .isEqualTo("0");
    }

    private boolean someoneWaitsForARow() throws Exception {
        return !"0"
                .equals(place.select(
                        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE"
                                + " '%FROM forwarded%'"));
    }

    @Test
    void shouldWriteNoPayloadThatWasReadBeforeItsSubjectWasErased() throws Exception {
        Erasing seal = new Erasing();
        seal.erased = true;
        seal.goOn.countDown();

        writeAgain(seal);

        assertThat(place.select("SELECT erased FROM entry WHERE seq = 3 AND payload IS NULL"))
                .isEqualTo("t");
    }

    @Test
    void shouldSayThatItCouldNotForget() {
        Evidence evidence = forget(
                Map.of("url", "jdbc:postgresql://127.0.0.1:1/nowhere"), String.valueOf(OF_A_SUBJECT.subjectKey()));

        assertThat(evidence.result()).isEqualTo(Result.FAILED);
        assertThat(evidence.detail()).isEqualTo("sqlstate 08001");
    }

    @Test
    void shouldSayThatItMayNot() {
        Evidence evidence = forget(Map.of("schema", "not_there"), String.valueOf(OF_A_SUBJECT.subjectKey()));

        assertThat(evidence.result()).isEqualTo(Result.FAILED);
        assertThat(evidence.detail()).isEqualTo("sqlstate 42P01");
    }

    @Test
    void shouldSayThatThePasswordCannotBeRead() {
        Evidence evidence = sinks.forget(
                "s",
                ConfiguredSink.of(
                        "postgresql", Map.of("url", PostgresServer.shared().url(), "password-file", "/not/there")),
                Set.of("hmac:k1:a"));

        assertThat(evidence.result()).isEqualTo(Result.FAILED);
        assertThat(evidence.detail()).isEqualTo("it can't be reached");
    }
}
