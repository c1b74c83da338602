package dev.weir.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.ConfigurationRejected;
import dev.weir.fixture.Artifacts;
import dev.weir.fixture.Examples;
import dev.weir.fixture.FakeModel;
import dev.weir.fixture.States;
import dev.weir.fixture.Tensors;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.TensorSpec;
import dev.weir.registry.DirectoryModelSource;
import dev.weir.servable.GoldenSample;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelDescriber;
import dev.weir.servable.ServableState;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SnapshotLoaderTest extends SnapshotLoaderFixture {

    @Test
    void shouldServeTheExamples() {
        loader(
                        new DirectoryModelSource(Examples.REGISTRY, new ModelDescriber(), meters),
                        new FixedConfig(Examples.DEPLOYMENTS))
                .onStart(new StartupEvent());

        assertThat(state.isReady()).isTrue();
        assertThat(state.current().deployments())
                .isNotEmpty()
                .allSatisfy((name, deployment) -> assertThat(deployment.lanes()).hasSameSizeAs(deployment.variants()));
    }

    @Test
    void shouldServeWhatIsDeployed() throws IOException {
        register("iris", "1");
        deploy("flowers", "model: iris, version: '1'");

        start();

        assertThat(state.isReady()).isTrue();
        assertThat(deployment("flowers").promise()).isEqualTo(FakeModel.SIGNATURE);
        assertThat(deployment("flowers").lanes()).containsOnlyKeys(ref("iris", "1"));
    }

    @Test
    void shouldLoadNothingThatIsNotDeployed() throws IOException {
        register("iris", "1");
        register("iris", "2");
        deploy("flowers", "model: iris, version: '1'");

        start();

        assertThat(models).containsOnlyKeys(ref("iris", "1"));
    }

    @Test
    void shouldLoadAVersionOnceForAllItsDeployments() throws IOException {
        register("iris", "1");
        deploy("a", "model: iris, version: '1'");
        deploy("b", "model: iris, version: '1'");

        start();

        assertThat(deployment("a").lanes().get(ref("iris", "1")).servable())
                .isSameAs(deployment("b").lanes().get(ref("iris", "1")).servable());
        assertThat(meters.get("weir.model.loads").tag("result", "ok").counter().count())
                .isOne();
    }

    @Test
    void shouldGiveEachDeploymentALaneOfItsOwn() throws IOException {
        register("iris", "1");
        deploy("a", "model: iris, version: '1'");
        deploy("b", "model: iris, version: '1'");

        start();

        assertThat(deployment("a").lanes().get(ref("iris", "1")))
                .isNotSameAs(deployment("b").lanes().get(ref("iris", "1")));
    }

    @Test
    void shouldLeaveOthersReadyWhenAPrimaryFailsToLoad() throws IOException {
        register("iris", "1");
        deploy("good", "model: iris, version: '1'");
        deploy("bad", "model: iris, version: '9'");

        start();

        assertThat(deployment("good").isReady()).isTrue();
        assertThat(deployment("bad").isReady()).isFalse();
        assertThat(deployment("bad").promise()).isNull();
        assertThat(state.isReady()).isFalse();
    }

    @Test
    void shouldBeReadyWithoutADeploymentThatIsNotRequired() throws IOException {
        register("iris", "1");
        deploy("good", "model: iris, version: '1'");
        deploy("bad", "model: iris, version: '9', required: false");

        start();

        assertThat(state.isReady()).isTrue();
    }

    @Test
    void shouldNoteWhyAVersionIsMissing() throws IOException {
        deploy("bad", "model: iris, version: '9'");

        start();

        assertThat(board.get(ref("iris", "9"))).satisfies(States.isFailed(NOW, "the registry has no version iris/9"));
        assertThat(meters.get("weir.model.loads")
                        .tag("result", "failed")
                        .counter()
                        .count())
                .isOne();
    }

    @Test
    void shouldNoteAVersionOnWhichTheRegistryStumbles() throws IOException {
        source.put(ref("iris", "1"), () -> {
            throw new IllegalStateException("a bug");
        });
        register("iris", "2");
        deploy("bad", "model: iris, version: '1', standby: ['2']");

        start();

        assertThat(board.get(ref("iris", "1"))).satisfies(States.isFailed(NOW, "the version can't be fetched"));
        assertThat(deployment("bad").lanes()).containsOnlyKeys(ref("iris", "2"));
    }

    @Test
    void shouldNoteAVersionThatTheGateRefuses() throws IOException {
        register("iris", "1");
        Files.write(directory.resolve("iris-1").resolve(Artifacts.FILE), new byte[] {2});
        deploy("bad", "model: iris, version: '1'");

        start();

        assertThat(board.get(ref("iris", "1"))).isInstanceOf(ServableState.Failed.class);
        assertThat(deployment("bad").isReady()).isFalse();
    }

    @Test
    void shouldNoteAVersionWhoseManifestIsRefused() throws IOException {
        source.put(ref("iris", "1"), () -> {
            throw new ArtifactRejected("manifest: field 'files' is missing");
        });
        deploy("bad", "model: iris, version: '1'");

        start();

        assertThat(board.get(ref("iris", "1"))).satisfies(States.isFailed(NOW, "manifest: field 'files' is missing"));
    }

    @Test
    void shouldLeaveOutAStandbyThatDoesNotKeepThePromise() throws IOException {
        register("iris", "1", OTHER);
        register("iris", "2");
        deploy("flowers", "model: iris, version: '2', standby: ['1']");

        start();

        assertThat(deployment("flowers").promise()).isEqualTo(FakeModel.SIGNATURE);
        assertThat(deployment("flowers").lanes()).containsOnlyKeys(ref("iris", "2"));
        assertThat(state.isReady()).isTrue();
    }

    @Test
    void shouldPromiseWhatAStandbyDoesAsLongAsThePrimaryIsMissing() throws IOException {
        register("iris", "1");
        deploy("flowers", "model: iris, version: '2', standby: ['1']");

        start();

        assertThat(deployment("flowers").promise()).isEqualTo(FakeModel.SIGNATURE);
        assertThat(deployment("flowers").lanes()).containsOnlyKeys(ref("iris", "1"));
        assertThat(deployment("flowers").isReady()).isFalse();
    }

    @Test
    void shouldSayWhyAStandbyIsLeftOut() throws IOException {
        register("iris", "1", OTHER);
        register("iris", "2");
        deploy("flowers", "model: iris, version: '2', standby: ['1']");

        start();

        assertThat(deployment("flowers").leftOut())
                .containsExactly(Map.entry(ref("iris", "1"), "its signature differs from the deployment's promise"));
    }

    @Test
    void shouldCloseAVersionThatNoDeploymentCanUse() throws IOException {
        register("iris", "1", OTHER);
        register("iris", "2");
        deploy("flowers", "model: iris, version: '2', standby: ['1']");

        start();

        assertThat(models.get(ref("iris", "1")).closes()).isOne();
        assertThat(board.get(ref("iris", "1"))).isInstanceOf(ServableState.Unloaded.class);
        assertThat(models.get(ref("iris", "2")).closes()).isZero();
    }

    @Test
    void shouldKeepAVersionThatAnotherDeploymentCanUse() throws IOException {
        register("iris", "1", OTHER);
        register("iris", "2");
        deploy("flowers", "model: iris, version: '2', standby: ['1']");
        deploy("old-flowers", "model: iris, version: '1'");

        start();

        assertThat(models.get(ref("iris", "1")).closes()).isZero();
        assertThat(deployment("flowers").leftOut()).containsOnlyKeys(ref("iris", "1"));
        assertThat(deployment("old-flowers").leftOut()).isEmpty();
    }

    @Test
    void shouldNotBeReadyWithoutDeployments() throws IOException {
        Files.createDirectories(directory.resolve("deployments"));

        start();

        assertThat(state.isReady()).isFalse();
        assertThat(state.current().digest()).isNotNull();
    }

    @Test
    void shouldBeReadyWithoutDeploymentsWhenToldTo() throws IOException {
        Path none = Files.createDirectories(directory.resolve("deployments"));

        loader(source, new FixedConfig(none, Duration.ofSeconds(5), true)).onStart(new StartupEvent());

        assertThat(state.isReady()).isTrue();
        assertThat(state.current().deployments()).isEmpty();
    }

    @Test
    void shouldRefuseADefaultTimeoutThatNoCallerCouldAskFor() throws IOException {
        Path files = Files.createDirectories(directory.resolve("deployments"));
        SnapshotLoader loader = loader(source, new FixedConfig(files, Duration.ofSeconds(61), false));

        assertThatThrownBy(() -> loader.onStart(new StartupEvent()))
                .isInstanceOf(ConfigurationRejected.class)
                .hasMessage("weir.deployments.timeout must be at most weir.deployments.max-timeout, which is 60000 ms");
    }

    @Test
    void shouldNotStartWithAWrongConfiguration() throws IOException {
        register("iris", "1");
        deploy("good", "model: iris, version: '1'");
        deploy("bad", "model: iris");

        assertThatThrownBy(this::start)
                .isInstanceOf(ConfigurationRejected.class)
                .hasMessage("bad.yaml: spec.version is missing");
        assertThat(models).isEmpty();
        assertThat(state.isReady()).isFalse();
    }

    @Test
    void shouldExportWhatIsReady() throws IOException {
        register("iris", "1");
        deploy("good", "model: iris, version: '1'");
        deploy("bad", "model: iris, version: '9'");

        start();

        assertThat(meters.get("weir.model.ready")
                        .tag("model_deployment", "good")
                        .gauge()
                        .value())
                .isOne();
        assertThat(meters.get("weir.model.ready")
                        .tag("model_deployment", "bad")
                        .gauge()
                        .value())
                .isZero();
    }

    @Test
    void shouldExportTheConfigurationsDigest() throws IOException {
        deploy("bad", "model: iris, version: '9'");

        start();

        assertThat(meters.get("weir.routing.config.info")
                        .tag("digest", state.current().digest())
                        .gauge()
                        .value())
                .isOne();
    }

    @Test
    void shouldExportQueuesAndHandles() throws IOException {
        register("iris", "1");
        deploy("good", "model: iris, version: '1'");

        start();

        assertThat(meters.get("weir.queue.depth")
                        .tags("model_deployment", "good", "version", "1")
                        .gauge()
                        .value())
                .isZero();
        assertThat(meters.get("weir.model.handles")
                        .tags("model", "iris", "version", "1")
                        .gauge()
                        .value())
                .isOne();
    }

    @Test
    void shouldCloseEveryVersionWhenItStops() throws IOException {
        register("iris", "1");
        register("iris", "2");
        deploy("good", "model: iris, version: '2', standby: ['1']");
        SnapshotLoader loader = start();

        loader.onStop(new ShutdownEvent());

        assertThat(models.values()).hasSize(2).allMatch(model -> model.closes() == 1);
        assertThat(board.all()).allSatisfy((ref, each) -> assertThat(each).isInstanceOf(ServableState.Unloaded.class));
    }

    @Test
    void shouldWaitWithTheCloseForTheLastUse() throws IOException {
        register("iris", "1");
        deploy("good", "model: iris, version: '1'");
        SnapshotLoader loader = start();
        deployment("good").lanes().get(ref("iris", "1")).servable().retain();

        loader.onStop(new ShutdownEvent());

        assertThat(models.get(ref("iris", "1")).closes()).isZero();
        assertThat(board.get(ref("iris", "1"))).isInstanceOf(ServableState.Draining.class);
    }

    @Test
    @Timeout(180)
    void shouldStartWithoutAVersionThatTakesTooLong() throws IOException {
        register("iris", "1");
        register("wine", "1");
        deploy("flowers", "model: iris, version: '1'");
        deploy("wines", "model: wine, version: '1'");
        CountDownLatch stuck = new CountDownLatch(1);
        ModelArtifact wine = source.fetch(ref("wine", "1"));
        source.put(ref("wine", "1"), () -> {
            try {
                stuck.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return wine;
        });

        loader(source, new FixedConfig(directory.resolve("deployments")), Duration.ofSeconds(3))
                .onStart(new StartupEvent());
        stuck.countDown();

        assertThat(deployment("flowers").isReady()).isTrue();
        assertThat(deployment("wines").isReady()).isFalse();
        assertThat(board.get(ref("wine", "1")))
                .satisfies(States.isFailed(
                        NOW,
                        "the version was not fetched within 3000 ms (weir.registry.load-timeout); it is tried again"));
    }

    @Test
    @Timeout(180)
    void shouldStopAGoldenSampleThatTakesTooLong() throws IOException {
        ModelSignature slow = new ModelSignature(
                List.of(TensorSpec.of("iterations", DataType.INT64, 1)),
                List.of(TensorSpec.of("y", DataType.FP32, 1)),
                false);
        GoldenSample endless = new GoldenSample(
                "endless",
                List.of(Tensors.int64("iterations", Integer.MAX_VALUE)),
                List.of(Tensors.fp32("y", 64)),
                1e-6,
                0);
        source.put(Artifacts.in(directory.resolve("slow"))
                .version("slow", "1")
                .promising(slow)
                .golden(endless)
                .holding("slow"));
        deploy("slow", "model: slow, version: '1'");

        loader(source, new FixedConfig(directory.resolve("deployments")), Duration.ofMillis(500))
                .onStart(new StartupEvent());

        assertThat(state.isReady()).isFalse();
        await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("weir-load-slow/1"));
    }
}
