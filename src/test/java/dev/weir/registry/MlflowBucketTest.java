package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.fixture.Examples;
import dev.weir.fixture.FixedLoadConfig;
import dev.weir.fixture.FixedS3Config;
import dev.weir.fixture.S3Server;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelDescriber;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Artifacts that an MLflow says lie in a bucket, read from a real one with keys of Weir's own. */
class MlflowBucketTest {

    private static final VersionRef REF = new VersionRef("iris", "1");
    private static final Path FILES = Examples.REGISTRY.resolve("iris/1");

    @TempDir
    Path directory;

    private final S3Server store = S3Server.shared();
    private final String bucket = store.bucket();
    private RecordedMlflow mlflow;
    private ArtifactCache cache;
    private MlflowModelSource source;

    @BeforeEach
    void open() throws IOException {
        mlflow = new RecordedMlflow();
        cache = ArtifactCache.open(directory, 1 << 20, InstantSource.system());
        source = new MlflowModelSource(
                MlflowSettings.of(mlflow.url()),
                new FixedS3Config(bucket, store.address()),
                cache,
                new ModelDescriber(),
                new FixedLoadConfig());
    }

    @AfterEach
    void close() {
        source.close();
        cache.close();
        mlflow.close();
    }

    private void logged(String uri) {
        mlflow.answer(
                "/get-download-uri", 200, ("{\"artifact_uri\": \"" + uri + "\"}").getBytes(StandardCharsets.UTF_8));
    }

    private void put(String place) {
        for (String file : new String[] {"manifest.json", "model.onnx"}) {
            store.put(bucket, place + "/" + file, FILES.resolve(file));
        }
    }

    @Test
    void shouldReadAVersionFromTheBucket() throws IOException {
        put("registry/7/models/m-1/artifacts");
        logged("s3://" + bucket + "/registry/7/models/m-1/artifacts");

        ModelArtifact artifact = source.fetch(REF);

        assertThat(artifact.directory().resolve("model.onnx")).hasSameBinaryContentAs(FILES.resolve("model.onnx"));
    }

    @Test
    void shouldNotTakeFilesOfAnotherVersionWhosePlaceBeginsAlike() {
        put("registry/7/models/m-11/artifacts");
        logged("s3://" + bucket + "/registry/7/models/m-1");

        assertThatThrownBy(() -> source.fetch(REF))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the version has neither a manifest.json nor an MLmodel");
    }

    @Test
    void shouldSayThatAFileIsGone() throws IOException {
        store.put(bucket, "registry/1/manifest.json", FILES.resolve("manifest.json"));
        logged("s3://" + bucket + "/registry/1");

        assertThatThrownBy(() -> source.fetch(REF))
                .isInstanceOf(RegistryUnavailable.class)
                .hasMessage("a file that MLflow's bucket listed is gone");
    }

    /** Which nobody recorded, so that MLflow's answer is a failure. */
    @ParameterizedTest
    @ValueSource(strings = {"s3://another-bucket/registry/1", "s3://BUCKET/secrets/1", "s3://BUCKET/registry-2/1"})
    void shouldUseItsKeysForNoOtherPlace(String uri) {
        put("secrets/1");
        put("registry-2/1");
        logged(uri.replace("BUCKET", bucket));

        assertThatThrownBy(() -> source.fetch(REF))
                .isInstanceOf(RegistryUnavailable.class)
                .hasMessageStartingWith("MLflow answered 500 to ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../secrets/1", "a//b", "a/./b", ""})
    void shouldNotFollowAPathThatLeadsElsewhere(String place) {
        put("secrets/1");
        logged("s3://" + bucket + "/registry/" + place);

        assertThatThrownBy(() -> source.fetch(REF))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("MLflow names a path that leads elsewhere");
    }

    @Test
    void shouldRefuseADirectoryWithoutEnd() throws IOException {
        Path small = Files.writeString(directory.resolve("small"), "x");
        for (int i = 0; i <= 1_000; i++) {
            store.put(bucket, "registry/1/checkpoints/" + i, small);
        }
        logged("s3://" + bucket + "/registry/1");

        assertThatThrownBy(() -> source.fetch(REF))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("a version from MLflow has at most 1000 files in a directory");
    }
}
