package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.failure.ArtifactRejected;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ArtifactDigests;
import dev.weir.servable.ModelArtifact;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every {@link ModelSource} must do. A source's test extends this and says how a version gets into it. */
public abstract class ModelSourceContract {

    /** An empty directory. */
    @TempDir
    protected Path directory;

    /** Returns the source. */
    protected abstract ModelSource source();

    /** Puts a version's manifest and model into the source. */
    protected abstract void put(VersionRef ref, byte[] manifest, byte[] model) throws IOException;

    /** Makes the source as a whole unreadable. */
    protected abstract void breakDown() throws IOException;

    private static final byte[] MODEL = {1, 2, 3};

    /** Returns a small manifest of a version whose file is {@code model.onnx}. */
    protected static byte[] manifest(VersionRef ref) {
        return """
                {
                  "schema_version": "1.0", "model": "%s", "version": "%s", "format": "onnx",
                  "files": [{"path": "model.onnx", "sha256": "%s", "bytes": 3}],
                  "signature": {
                    "batch_axis": 0,
                    "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1]}],
                    "outputs": [{"name": "y", "datatype": "FP32", "shape": [-1]}]
                  }
                }
                """.formatted(ref.model(), ref.version(), ArtifactDigests.sha256(MODEL))
                .getBytes(StandardCharsets.UTF_8);
    }

    /** Puts a version that is in order into the source. */
    protected void put(String model, String version) throws IOException {
        VersionRef ref = new VersionRef(model, version);
        put(ref, manifest(ref), MODEL);
    }

    @Test
    void shouldListNothingInAnEmptyRegistry() {
        assertThat(source().versions()).isEmpty();
    }

    @Test
    void shouldListVersionsByModelAndVersion() throws IOException {
        put("wine", "1");
        put("iris", "2");
        put("iris", "1");

        assertThat(source().versions())
                .containsExactly(new VersionRef("iris", "1"), new VersionRef("iris", "2"), new VersionRef("wine", "1"));
    }

    @Test
    void shouldListAVersionWhoseManifestIsWrong() throws IOException {
        put(new VersionRef("iris", "1"), new byte[] {'{'}, MODEL);

        assertThat(source().versions()).containsExactly(new VersionRef("iris", "1"));
    }

    @Test
    void shouldNotTakeAFailureForAnEmptyRegistry() throws IOException {
        put("iris", "1");
        breakDown();

        assertThatThrownBy(() -> source().versions()).isInstanceOf(ArtifactRejected.class);
    }

    @Test
    void shouldFetchAVersion() throws IOException {
        put("iris", "1");

        ModelArtifact artifact = source().fetch(new VersionRef("iris", "1"));

        assertThat(artifact.manifest().ref()).isEqualTo(new VersionRef("iris", "1"));
        assertThat(Files.readAllBytes(artifact.model())).isEqualTo(MODEL);
    }

    @Test
    void shouldKnowAVersionByTheDigestOfItsManifest() throws IOException {
        put("iris", "1");

        assertThat(source().fetch(new VersionRef("iris", "1")).digest())
                .isEqualTo("sha256:" + ArtifactDigests.sha256(manifest(new VersionRef("iris", "1"))));
    }

    @Test
    void shouldRefuseAVersionThatIsNotThere() throws IOException {
        put("iris", "1");

        for (VersionRef missing : List.of(new VersionRef("iris", "2"), new VersionRef("wine", "1"))) {
            assertThatThrownBy(() -> source().fetch(missing))
                    .isInstanceOf(ArtifactRejected.class)
                    .hasMessage("the registry has no version " + missing);
        }
    }

    @Test
    void shouldRefuseAManifestOfAnotherVersion() throws IOException {
        put(new VersionRef("iris", "1"), manifest(new VersionRef("wine", "7")), MODEL);

        assertThatThrownBy(() -> source().fetch(new VersionRef("iris", "1")))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the manifest of iris/1 says it is wine/7");
    }

    @Test
    void shouldRefuseAManifestThatIsWrong() throws IOException {
        put(new VersionRef("iris", "1"), "{}".getBytes(StandardCharsets.UTF_8), MODEL);

        assertThatThrownBy(() -> source().fetch(new VersionRef("iris", "1")))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("manifest: field 'schema_version' is missing");
    }

    @Test
    void shouldKeepPathsOutOfPublicMessages() throws IOException {
        breakDown();

        ArtifactRejected refusal = catchThrowableOfType(ArtifactRejected.class, () -> source().versions());

        assertThat(refusal.publicMessage()).doesNotContain(directory.toString());
    }
}
