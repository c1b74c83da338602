package dev.weir.predictionlog.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.LogSettings;
import dev.weir.fixture.MapStateStore;
import dev.weir.fixture.Records;
import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.checkpoint.LogVerification;
import dev.weir.predictionlog.checkpoint.SignedCheckpoint;
import io.quarkus.runtime.configuration.MemorySize;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is found of what somebody does to real files of a log. */
class LogVerificationTest {

    @TempDir
    Path directory;

    private Keyring keyring;
    private final List<SignedCheckpoint> checkpoints = new ArrayList<>();

    @BeforeEach
    void keys() {
        keyring = new Keyring(directory.resolve("keys"), true);
    }

    private Path path(String name) {
        return directory.resolve(name);
    }

    /** Writes a log of several segments, and signs how far it went after each record. */
    private void write(String name, MapStateStore store, int records) {
        LogSettings whole = LogSettings.in(path(name));
        LogSettings small = new LogSettings(
                whole.directory(),
                true,
                false,
                whole.buffer(),
                new MemorySize(BigInteger.valueOf(4_000)),
                whole.segmentAge(),
                whole.disk(),
                whole.diskReserve(),
                whole.retention());
        try (LogScene scene = new LogScene(small, store)) {
            scene.signer = keyring::sign;
            for (int i = 0; i < records; i++) {
                scene.writeSync(Records.full(i));
                checkpoints.add(SignedCheckpoint.of(scene.log().currentHead(), Records.NOON, keyring));
            }
        }
    }

    private List<String> problems(String... names) throws IOException {
        return LogVerification.verify(Stream.of(names).map(this::path).toList(), checkpoints, keyring::verify)
                .problems();
    }

    private List<Path> segments(String name) throws IOException {
        try (Stream<Path> files = Files.list(path(name))) {
            return files.filter(each -> each.toString().endsWith(".db"))
                    .sorted()
                    .toList();
        }
    }

    private static void change(Path segment, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + segment);
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).isPositive();
        }
    }

    @Test
    void findsNothingInALogThatIsAsItWasWritten() throws IOException {
        write("log", new MapStateStore(), 12);

        LogVerification.Result result =
                LogVerification.verify(List.of(path("log")), checkpoints, Keyring.verifier(directory.resolve("keys")));

        assertThat(result.problems()).isEmpty();
        assertThat(result.segments()).isGreaterThan(2);
        assertThat(result.entries()).isGreaterThanOrEqualTo(12);
        assertThat(result.checkpoints()).isEqualTo(12);
    }

    @Test
    void findsNothingInALogThatGoesOnAfterARestart() throws IOException {
        MapStateStore store = new MapStateStore();
        write("log", store, 3);
        try (LogScene again = new LogScene(LogSettings.in(path("log")), store)) {
            again.start();
            again.stop();
        }

        assertThat(problems("log")).isEmpty();
    }

    @Test
    void findsAnEdit() throws Exception {
        write("log", new MapStateStore(), 18);
        Path segment = segments("log").get(1);
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + segment);
                var select = connection.prepareStatement("SELECT first_seq, body FROM block_body LIMIT 1");
                var row = select.executeQuery()) {
            long seq = row.getLong(1);
            byte[] body = row.getBytes(2);
            body[body.length / 3] ^= 1;
            row.close();
            try (var update = connection.prepareStatement("UPDATE block_body SET body = ? WHERE first_seq = ?")) {
                update.setBytes(1, body);
                update.setLong(2, seq);
                update.executeUpdate();
            }
        }

        assertThat(problems("log")).isNotEmpty().anyMatch(each -> each.matches("(edited|unreadable).*"));
    }

    @Test
    void findsAMovedTime() throws Exception {
        write("log", new MapStateStore(), 18);
        change(segments("log").get(1), "UPDATE block SET committed_ms = committed_ms + 60000");

        assertThat(problems("log")).anyMatch(each -> each.startsWith("edited:"));
    }

    @Test
    void findsABlockThatWasTakenOut() throws Exception {
        write("log", new MapStateStore(), 18);
        Path segment = segments("log").get(1);
        change(segment, "DELETE FROM block WHERE first_seq = (SELECT min(first_seq) FROM block)");

        assertThat(problems("log")).isNotEmpty();
    }

    @Test
    void findsATailThatWasCutOffByCheckpointsAlone() throws Exception {
        write("log", new MapStateStore(), 18);
        List<Path> segments = segments("log");
        for (Path segment : segments.subList(segments.size() - 2, segments.size())) {
            Files.delete(segment);
        }

        assertThat(problems("log")).isNotEmpty().allMatch(each -> each.startsWith("cut_tail:"));
        assertThat(LogVerification.verify(List.of(path("log")), List.of(), keyring::verify)
                        .problems())
                .isEmpty();
    }

    @Test
    void findsAMissingSegment() throws Exception {
        write("log", new MapStateStore(), 18);
        Files.delete(segments("log").get(1));

        assertThat(problems("log")).anyMatch(each -> each.startsWith("missing_segment:"));
    }

    @Test
    void findsTwoSegmentsThatChangedPlaces() throws Exception {
        write("log", new MapStateStore(), 18);
        List<Path> segments = segments("log");
        Path aside = path("aside");
        Files.move(segments.get(1), aside);
        Files.move(segments.get(2), segments.get(1));
        Files.move(aside, segments.get(2), StandardCopyOption.REPLACE_EXISTING);

        assertThat(problems("log")).isNotEmpty();
    }

    @Test
    void findsADeletedReplica() throws Exception {
        write("a", new MapStateStore(), 3);
        write("b", new MapStateStore(), 3);
        assertThat(problems("a", "b")).isEmpty();

        assertThat(problems("a")).hasSize(1).allMatch(each -> each.startsWith("missing_replica:"));
        Files.createDirectory(path("empty"));
        assertThat(problems("empty")).hasSize(2);
    }

    @Test
    void findsALogThatWasWrittenAnew() throws Exception {
        MapStateStore store = new MapStateStore();
        write("log", store, 4);
        Files.move(path("log"), path("before"));
        List<SignedCheckpoint> first = List.copyOf(checkpoints);
        write("log", store, 4);
        checkpoints.clear();
        checkpoints.addAll(first);

        assertThat(problems("log")).anyMatch(each -> each.startsWith("other_chain:"));
    }

    @Test
    void believesNoCheckpointThatIsNotSigned() throws Exception {
        write("log", new MapStateStore(), 2);
        SignedCheckpoint genuine = checkpoints.getFirst();
        checkpoints.set(
                0,
                new SignedCheckpoint(
                        genuine.replica(), genuine.position(), "sha256:0", genuine.at(), genuine.signature()));

        assertThat(problems("log")).hasSize(1).allMatch(each -> each.startsWith("not genuine:"));
    }
}
