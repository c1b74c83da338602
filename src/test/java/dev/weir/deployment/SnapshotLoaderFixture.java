package dev.weir.deployment;

import dev.weir.fixture.Artifacts;
import dev.weir.fixture.Described;
import dev.weir.fixture.FakeFormat;
import dev.weir.fixture.FakeModel;
import dev.weir.fixture.FixedComputeConfig;
import dev.weir.fixture.FixedRegistryConfig;
import dev.weir.fixture.ForwardingModel;
import dev.weir.fixture.ManualTicker;
import dev.weir.fixture.MapModelSource;
import dev.weir.fixture.MapStateStore;
import dev.weir.format.OnnxFormat;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.TensorSpec;
import dev.weir.inference.VersionRef;
import dev.weir.registry.Manifests;
import dev.weir.registry.ModelSource;
import dev.weir.registry.Reconciler;
import dev.weir.servable.ComputePool;
import dev.weir.servable.Lineage;
import dev.weir.servable.LoadGate;
import dev.weir.servable.LoadGuard;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ServableBoard;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.StartupEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** A loader over registries in memory, formats that only pretend, and deployment files of the test's own. */
abstract class SnapshotLoaderFixture {

    static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    static final ModelSignature OTHER = new ModelSignature(
            List.of(TensorSpec.of("x", DataType.FP32, -1, 2)), List.of(TensorSpec.of("y", DataType.FP32, -1)), true);

    @TempDir
    Path directory;

    /** Outlives a restart. */
    final MapStateStore store = new MapStateStore();

    final MapModelSource source = new MapModelSource();
    final ServableBoard board = new ServableBoard();
    final ServingState state = new ServingState();
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final ManualTicker ticker = new ManualTicker();
    final ComputePool pool = new ComputePool(3, 1_000);
    final Map<VersionRef, FakeModel> models = new ConcurrentHashMap<>();
    volatile Instant now = NOW;
    /** What the server demands of every version. */
    List<String> policy = List.of();
    /** What may bar a load. */
    List<LoadGuard> guards = List.of();
    /** Runs within every load. */
    volatile Runnable broken = () -> {};

    @AfterEach
    void stop() {
        pool.close();
    }

    SnapshotLoader loader(ModelSource from, DeploymentConfig config) {
        return loader(from, config, Duration.ofMinutes(5));
    }

    SnapshotLoader loader(ModelSource from, DeploymentConfig config, Duration loadTimeout) {
        InstantSource clock = () -> now;
        FakeFormat format = new FakeFormat(artifact -> {
            FakeModel model = FakeModel.echo();
            broken.run();
            models.put(artifact.manifest().ref(), model);
            return new ForwardingModel(model) {
                @Override
                public ModelSignature signature() {
                    return artifact.manifest().signature();
                }
            };
        });
        LoadGate gate = new LoadGate(
                List.of(format, new OnnxFormat()),
                guards,
                board,
                meters,
                clock,
                ticker,
                FixedComputeConfig.warmingUp(1));
        FixedRegistryConfig registry = new FixedRegistryConfig(directory, loadTimeout, Optional.of(policy));
        Reconciler reconciler = new Reconciler(from, gate, board, meters, clock, registry);
        return new SnapshotLoader(
                config, from, reconciler, state, pool, meters, ticker, policies(from), new ServedSignatures(store));
    }

    Policies policies(ModelSource from) {
        return new Policies(
                new FixedRegistryConfig(directory, Duration.ofMinutes(5), Optional.of(policy)),
                new Manifests(from),
                from,
                new AcceptedVersions(store));
    }

    SnapshotLoader start() {
        SnapshotLoader loader = loader(source, new FixedConfig(directory.resolve("deployments")));
        loader.onStart(new StartupEvent());
        return loader;
    }

    void register(String model, String version, ModelSignature signature) {
        source.put(Artifacts.in(directory.resolve(model + "-" + version))
                .format("fake")
                .version(model, version)
                .promising(signature)
                .holding(new byte[] {1}));
    }

    void registerLarge(String model, String version, int bytes) {
        source.put(Artifacts.in(directory.resolve(model + "-" + version))
                .format("fake")
                .version(model, version)
                .promising(FakeModel.SIGNATURE)
                .holding(new byte[bytes]));
    }

    void register(String model, String version, Lineage lineage) {
        ModelArtifact bare = Artifacts.in(directory.resolve(model + "-" + version))
                .format("fake")
                .version(model, version)
                .promising(FakeModel.SIGNATURE)
                .holding(new byte[] {1});
        source.put(new ModelArtifact(Described.with(bare.manifest(), lineage), bare.directory(), bare.digest()));
    }

    static Lineage auc(double auc) {
        return Described.metrics(Map.of("auc", auc));
    }

    void register(String model, String version) {
        register(model, version, FakeModel.SIGNATURE);
    }

    void deploy(String name, String spec) throws IOException {
        Files.createDirectories(directory.resolve("deployments"));
        Files.writeString(
                directory.resolve("deployments").resolve(name + ".yaml"),
                "apiVersion: weir.dev/v1\nkind: ModelDeployment\nmetadata: {name: %s}\nspec: {%s}\n"
                        .formatted(name, spec));
    }

    Deployment deployment(String name) {
        return state.current().deployment(name);
    }

    static VersionRef ref(String model, String version) {
        return new VersionRef(model, version);
    }
}
