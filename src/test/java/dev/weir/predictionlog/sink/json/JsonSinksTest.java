package dev.weir.predictionlog.sink.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.Records;
import dev.weir.fixture.Unsealed;
import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.LogSink;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.RecordJson;
import dev.weir.predictionlog.SinkPayloads;
import dev.weir.predictionlog.StoredEntry;
import dev.weir.predictionlog.SubjectEraser.Result;
import dev.weir.predictionlog.SubjectPayloads;
import dev.weir.predictionlog.checkpoint.CheckpointFile;
import dev.weir.predictionlog.checkpoint.SignedCheckpoint;
import dev.weir.predictionlog.local.ChainHead;
import dev.weir.predictionlog.sink.ConfiguredSink;
import dev.weir.predictionlog.sink.SinkConfig;
import dev.weir.predictionlog.sink.UnreachableSubjects;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is asked of the kind of sink as a whole: sinks on the standard output, to keep checkpoints, and to forget. */
class JsonSinksTest {

    private static final SinkConfig.Sink ON_OUTPUT = ConfiguredSink.of("json", Map.of());

    @TempDir
    private Path directory;

    private static JsonSinks sinks(SubjectPayloads mode) {
        return new JsonSinks(new SinkPayloads(mode, Unsealed.SEAL), new UnreachableSubjects(() -> mode));
    }

    /** A process with a sink on its standard output, which it closes and opens again in between. */
    static final class Writing {

        private Writing() {}

        public static void main(String[] arguments) throws Exception {
            LogSink sink = sinks(SubjectPayloads.SEALED).make("s", ON_OUTPUT, new ArrayList<>());
            for (StoredEntry entry : entries()) {
                sink.open("replica-1");
                sink.write(List.of(entry));
                sink.close();
            }
        }
    }

    private static List<StoredEntry> entries() {
        return List.of(
                new StoredEntry("replica-1", new Position(1, 1, 1), true, Records.record(1)),
                new StoredEntry("replica-1", new Position(1, 1, 2), true, Records.gap(1, 2, null)),
                new StoredEntry("replica-1", new Position(1, 1, 3), true, Records.record(3)));
    }

    @Test
    void shouldWriteLinesToTheStandardOutput() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Writing.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();

        String written = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).isZero();
        assertThat(written.lines())
                .containsExactlyElementsOf(entries().stream()
                        .map(entry -> new String(json(entry), StandardCharsets.UTF_8))
                        .toList());
        assertThat(written).endsWith("\n");
    }

    private static byte[] json(StoredEntry entry) {
        try {
            return RecordJson.toBytes(entry);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shouldFindNoMistakeInWhatIsNotSet() {
        List<String> mistakes = new ArrayList<>();

        sinks(SubjectPayloads.SEALED).make("s", ON_OUTPUT, mistakes);

        assertThat(mistakes).isEmpty();
    }

    private SignedCheckpoint checkpoint() {
        return SignedCheckpoint.of(
                new ChainHead("replica-1", new Position(1, 1, 7), "sha256:7"),
                Records.NOON,
                new Keyring(directory.resolve("keys"), true));
    }

    @Test
    void shouldKeepNoCheckpointsOnTheStandardOutput() throws Exception {
        assertThat(sinks(SubjectPayloads.SEALED).keep("s", ON_OUTPUT, checkpoint()))
                .isFalse();
    }

    @Test
    void shouldKeepCheckpointsBesideTheFile() throws Exception {
        SinkConfig.Sink config = ConfiguredSink.of(
                "json", Map.of("file", directory.resolve("lines.ndjson").toString()));

        assertThat(sinks(SubjectPayloads.SEALED).keep("s", config, checkpoint()))
                .isTrue();

        assertThat(CheckpointFile.read(directory.resolve("s-checkpoints.ndjson"))
                        .checkpoints())
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"SEALED, NOTHING_KEPT", "WITHHELD, NOTHING_KEPT", "CLEAR, OUT_OF_REACH"})
    void shouldSayHowFarForgettingReaches(SubjectPayloads mode, Result result) {
        var evidence = sinks(mode).forget("s", ON_OUTPUT, Set.of("hmac:k1:a"));

        assertThat(evidence.place()).isEqualTo("s");
        assertThat(evidence.result()).isEqualTo(result);
        assertThat(evidence.count()).isZero();
    }
}
