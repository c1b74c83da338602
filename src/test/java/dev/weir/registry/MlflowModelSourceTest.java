package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.fixture.FixedLoadConfig;
import dev.weir.fixture.FixedS3Config;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ArtifactDigests;
import dev.weir.servable.ModelDescriber;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** Asks a real MLflow, which {@code .ci/mlflow.sh} starts; it must hold nothing that anybody needs. */
@EnabledIfEnvironmentVariable(named = MlflowModelSourceTest.SERVER, matches = "http://127\\.0\\.0\\.1:.*")
class MlflowModelSourceTest extends ModelSourceContract {

    static final String SERVER = "WEIR_TEST_MLFLOW";

    private final URI url = URI.create(System.getenv(SERVER));
    private final MlflowTestServer server = new MlflowTestServer(url);
    private ArtifactCache cache;
    private MlflowModelSource source;

    @Override
    protected ModelSource source() {
        return source;
    }

    @Override
    protected boolean takesPublications() {
        return false;
    }

    @BeforeEach
    void open() throws IOException {
        server.clear();
        cache = ArtifactCache.open(directory.resolve("cache"), 1 << 20, InstantSource.system());
        source = new MlflowModelSource(
                MlflowSettings.of(url), FixedS3Config.NONE, cache, new ModelDescriber(), new FixedLoadConfig());
    }

    @AfterEach
    void close() {
        source.close();
        cache.close();
    }

    @Override
    protected void put(VersionRef ref, byte[] manifest, byte[] model) throws IOException {
        server.put(ref, Map.of("manifest.json", manifest, "model.onnx", model));
    }

    @Override
    protected void breakDown() throws IOException {
        source.close();
        int port;
        try (ServerSocket unused = new ServerSocket(0)) {
            port = unused.getLocalPort();
        }
        source = new MlflowModelSource(
                MlflowSettings.of(URI.create("http://127.0.0.1:" + port)),
                FixedS3Config.NONE,
                cache,
                new ModelDescriber(),
                new FixedLoadConfig());
    }

    @Test
    void shouldTakeAVersionOnceFromMlflowAndThenFromTheCache() throws IOException {
        VersionRef ref = new VersionRef("iris", "1");
        put("iris", "1");
        source.fetch(ref);

        assertThat(cache.find(source.identity(), ref, source.list().mark(ref))).isNotNull();
    }

    @Test
    void shouldRefuseAVersionWhoseArtifactsChanged() throws IOException {
        VersionRef ref = new VersionRef("iris", "1");
        put("iris", "1");
        source.fetch(ref);
        byte[] other = new byte[] {3, 2, 1};
        byte[] described = new String(manifest(ref), StandardCharsets.UTF_8)
                .replaceFirst("[0-9a-f]{64}", ArtifactDigests.sha256(other))
                .getBytes(StandardCharsets.UTF_8);

        put(ref, described, other);

        assertThatThrownBy(() -> source.fetch(ref))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessageContaining("are not what they were when they were first read");
    }

    @Test
    void shouldSayWhichAliasesMlflowKeeps() throws IOException {
        put("iris", "1");

        assertThatThrownBy(() ->
                        source.moveAlias("iris", new AliasMove("latest", null, "1", "ada", Instant.EPOCH, "first")))
                .isInstanceOfSatisfying(RequestRejected.class, refusal -> assertThat(refusal.code())
                        .isEqualTo(FailureCode.INVALID_FIELD));
    }
}
