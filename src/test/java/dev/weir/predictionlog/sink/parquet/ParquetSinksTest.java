package dev.weir.predictionlog.sink.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.Records;
import dev.weir.fixture.Unsealed;
import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.SignatureLookup;
import dev.weir.predictionlog.SinkPayloads;
import dev.weir.predictionlog.SubjectEraser.Result;
import dev.weir.predictionlog.SubjectPayloads;
import dev.weir.predictionlog.checkpoint.CheckpointFile;
import dev.weir.predictionlog.checkpoint.SignedCheckpoint;
import dev.weir.predictionlog.local.ChainHead;
import dev.weir.predictionlog.sink.ConfiguredSink;
import dev.weir.predictionlog.sink.UnreachableSubjects;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is asked of the kind of sink as a whole: its configuration, to keep checkpoints, and to forget. */
class ParquetSinksTest {

    private static final String KEY = "weir.predictions.sinks.s.parquet.";

    @TempDir
    private Path directory;

    private static ParquetSinks sinks(SubjectPayloads mode) {
        return new ParquetSinks(
                new SinkPayloads(mode, Unsealed.SEAL),
                SignatureLookup.NONE,
                new UnreachableSubjects(() -> mode),
                System::nanoTime);
    }

    private static List<String> mistakes(Map<String, String> settings) {
        List<String> mistakes = new ArrayList<>();
        sinks(SubjectPayloads.SEALED).make("s", ConfiguredSink.of("parquet", settings), mistakes);
        return mistakes;
    }

    private static Map<String, String> bucket(String key, String value) {
        Map<String, String> settings = new HashMap<>(Map.of("bucket", "forwarded"));
        settings.put(key, value);
        return settings;
    }

    @Test
    void shouldTakeADirectoryOrABucket() {
        assertThat(mistakes(Map.of("directory", "/data"))).isEmpty();
        assertThat(mistakes(Map.of("bucket", "forwarded", "prefix", "/log/a/", "endpoint", "http://minio:9000")))
                .isEmpty();
    }

    @Test
    void shouldRefuseToHaveNoPlace() {
        assertThat(mistakes(Map.of())).containsExactly(KEY + "directory: set either this or a bucket");
    }

    @Test
    void shouldRefuseToHaveTwoPlaces() {
        assertThat(mistakes(bucket("directory", "/data")))
                .containsExactly(KEY + "directory: set either this or a bucket");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bucket | a/b | bucket: must be the name of a bucket",
                "bucket | ab | bucket: must be the name of a bucket",
                "prefix | a//b | prefix: must be names of A-Z a-z 0-9 . _ - with / between them",
                "prefix | a b | prefix: must be names of A-Z a-z 0-9 . _ - with / between them",
                "endpoint | minio:9000 | endpoint: must be an http or https address without credentials",
                "endpoint | ftp://minio | endpoint: must be an http or https address without credentials",
                "endpoint | http://ann:hush@minio | endpoint: must be an http or https address without credentials"
            })
    void shouldRefuseWhatIsNoneNamingTheKeyAndNotTheValue(String key, String value, String said) {
        assertThat(mistakes(bucket(key, value))).containsExactly(KEY + said);
    }

    @Test
    void shouldNameEveryMistakeAtOnce() {
        assertThat(mistakes(Map.of("bucket", "a/b", "prefix", "a b", "endpoint", "ftp://minio")))
                .hasSize(3);
    }

    @Test
    void shouldKeepACheckpointBesideTheFilesOnce() throws Exception {
        SignedCheckpoint checkpoint = SignedCheckpoint.of(
                new ChainHead("replica-1", new Position(1, 1, 7), "sha256:7"),
                Records.NOON,
                new Keyring(directory.resolve("keys"), true));
        var config = ConfiguredSink.of(
                "parquet", Map.of("directory", directory.resolve("data").toString()));
        ParquetSinks sinks = sinks(SubjectPayloads.SEALED);

        assertThat(sinks.keep("s", config, checkpoint)).isTrue();
        assertThat(sinks.keep("s", config, checkpoint)).isTrue();

        assertThat(CheckpointFile.readAll(directory.resolve("data/_checkpoints"))
                        .checkpoints())
                .singleElement()
                .extracting(SignedCheckpoint::position)
                .isEqualTo(checkpoint.position());
    }

    @ParameterizedTest
    @CsvSource({"SEALED, NOTHING_KEPT", "WITHHELD, NOTHING_KEPT", "CLEAR, OUT_OF_REACH"})
    void shouldSayHowFarForgettingReaches(SubjectPayloads mode, Result result) {
        var evidence = sinks(mode)
                .forget("s", ConfiguredSink.of("parquet", Map.of("directory", "/data")), Set.of("hmac:k1:a"));

        assertThat(evidence.place()).isEqualTo("s");
        assertThat(evidence.result()).isEqualTo(result);
        assertThat(evidence.count()).isZero();
    }
}
