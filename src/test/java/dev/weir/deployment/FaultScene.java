package dev.weir.deployment;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.fixture.Examples;
import dev.weir.fixture.FixedComputeConfig;
import dev.weir.fixture.FixedRegistryConfig;
import dev.weir.fixture.MapStateStore;
import dev.weir.fixture.RecordedEnd;
import dev.weir.fixture.S3Door.Fate;
import dev.weir.fixture.SmallDisk;
import dev.weir.fixture.Tensors;
import dev.weir.format.OnnxFormat;
import dev.weir.inference.ByteBudget;
import dev.weir.inference.InferenceRequest;
import dev.weir.inference.RequestId;
import dev.weir.inference.RequestMemory;
import dev.weir.inference.Tensor;
import dev.weir.inference.VersionRef;
import dev.weir.registry.DirectoryModelSource;
import dev.weir.registry.HalfDone;
import dev.weir.registry.Listing;
import dev.weir.registry.Manifests;
import dev.weir.registry.MirroredStore;
import dev.weir.registry.ModelSource;
import dev.weir.registry.Reconciler;
import dev.weir.servable.ArtifactDigests;
import dev.weir.servable.Attempt;
import dev.weir.servable.ComputePool;
import dev.weir.servable.FileInspection;
import dev.weir.servable.GoldenSample;
import dev.weir.servable.Lane;
import dev.weir.servable.LoadGate;
import dev.weir.servable.LoadGuard;
import dev.weir.servable.MemoryGuard;
import dev.weir.servable.ModelDescriber;
import dev.weir.servable.ServableBoard;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A deployment of {@code @champion} over a copy of a real model with real versions, as the server puts it together, and
 * ways to do harm to version 2. Version 1 serves.
 */
final class FaultScene implements AutoCloseable {

    static final String MODEL = "breast-cancer";
    static final VersionRef ONE = new VersionRef(MODEL, "1");
    static final VersionRef TWO = new VersionRef(MODEL, "2");

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DEPLOYMENT = "tumours";

    ServableBoard board;
    ServingState state;
    SnapshotLoader loader;

    private SimpleMeterRegistry meters;
    private ComputePool pool;
    private final Path directory;
    private final List<LoadGuard> guards = new ArrayList<>();
    private final @Nullable MirroredStore store;
    private final MapStateStore accepted = new MapStateStore();
    private @Nullable SmallDisk disk;
    private volatile Instant now = Instant.parse("2026-01-02T03:04:05Z");
    private volatile OptionalLong memory = OptionalLong.empty();
    private volatile UnaryOperator<Listing> listed = UnaryOperator.identity();

    FaultScene(Path directory, long maxLoadedBytes, LoadGuard... more) throws IOException {
        this(directory, false, maxLoadedBytes, more);
    }

    /**
     * Begins.
     *
     * @param stored whether the registry lies in a store, and the server has a cache
     */
    FaultScene(Path directory, boolean stored, long maxLoadedBytes, LoadGuard... more) throws IOException {
        this.directory = directory;
        this.store = stored ? new MirroredStore(registry(), directory.resolve("cache")) : null;
        guards.add(new FileInspection(10, 1 << 20, 1 << 20));
        guards.add(new MemoryGuard(maxLoadedBytes, 1_000, 3, () -> memory));
        guards.addAll(List.of(more));
        copy(Examples.REGISTRY.resolve(MODEL), registry().resolve(MODEL));
        champion("1");
        Path deployments = Files.createDirectories(directory.resolve("deployments"));
        Files.writeString(deployments.resolve(DEPLOYMENT + ".yaml"), """
                apiVersion: weir.dev/v1
                kind: ModelDeployment
                metadata: {name: %s}
                spec: {model: %s, version: "@champion"}
                """.formatted(DEPLOYMENT, MODEL));
        if (store != null) {
            store.mirror();
        }
        start();
    }

    private void start() {
        board = new ServableBoard();
        state = new ServingState();
        meters = new SimpleMeterRegistry();
        pool = new ComputePool(1, 1_000);
        ModelSource source = troubled(
                store == null
                        ? new DirectoryModelSource(registry(), new ModelDescriber(), meters)
                        : store.open(meters, () -> now));
        LoadGate gate = new LoadGate(
                List.of(new OnnxFormat()),
                guards,
                board,
                meters,
                () -> now,
                System::nanoTime,
                FixedComputeConfig.warmingUp(1));
        Reconciler reconciler =
                new Reconciler(source, gate, board, meters, () -> now, new FixedRegistryConfig(registry()));
        loader = new SnapshotLoader(
                new FixedConfig(directory.resolve("deployments")),
                source,
                reconciler,
                state,
                pool,
                meters,
                System::nanoTime,
                new Policies(
                        new FixedRegistryConfig(registry()),
                        new Manifests(source),
                        source,
                        new AcceptedVersions(accepted)),
                new ServedSignatures(accepted));
        loader.onStart(new StartupEvent());
    }

    private void stop() {
        loader.onStop(new ShutdownEvent());
        pool.close();
    }

    /** Ends the server, and starts another with the same state. */
    void restart() {
        stop();
        if (store != null) {
            store.leave();
        }
        start();
    }

    /** Puts trouble between a registry and those who ask it. */
    private ModelSource troubled(ModelSource source) {
        return (ModelSource) Proxy.newProxyInstance(
                ModelSource.class.getClassLoader(), new Class<?>[] {ModelSource.class}, (_, method, arguments) -> {
                    try {
                        Object answer = method.invoke(source, arguments);
                        return answer instanceof Listing listing ? listed.apply(listing) : answer;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Path target = to.resolve(from.relativize(each).toString());
                if (Files.isDirectory(each)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(each, target, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    Path registry() {
        return directory.resolve("registry");
    }

    /** Returns the model file of version 2. */
    Path model() {
        return registry().resolve(MODEL).resolve("2/model.onnx");
    }

    private Path manifest() {
        return model().resolveSibling("manifest.json");
    }

    /** Points the alias to a version, or a name that is none. */
    void champion(String version) throws IOException {
        Files.writeString(
                registry().resolve(MODEL).resolve("aliases.json"),
                "{\"schema_version\": \"1.0\", \"aliases\": {\"champion\": \"%s\"}}".formatted(version));
    }

    /** Replaces the model file of version 2, as somebody would who registers it so. */
    void register(byte[] model) throws IOException {
        Files.write(model(), model);
        editManifest(manifest -> {
            ObjectNode file = (ObjectNode) manifest.withArray("files").get(0);
            file.put("sha256", ArtifactDigests.sha256(model));
            file.put("bytes", model.length);
        });
    }

    /** Changes the manifest of version 2. */
    void editManifest(Consumer<ObjectNode> change) throws IOException {
        ObjectNode manifest = (ObjectNode) JSON.readTree(Files.readAllBytes(manifest()));
        change.accept(manifest);
        Files.write(manifest(), JSON.writeValueAsBytes(manifest));
    }

    /** Makes the first golden sample of version 2 expect another label. */
    void expectOtherwise() throws IOException {
        editManifest(manifest -> ((ArrayNode) manifest.at("/golden/0/outputs/0/data"))
                .removeAll()
                .add(1));
    }

    void available(OptionalLong bytes) {
        memory = bytes;
    }

    void listed(UnaryOperator<Listing> change) {
        listed = change;
    }

    /** Makes the whole registry unreadable. */
    void takeAway() throws IOException {
        Files.move(registry(), directory.resolve("elsewhere"));
    }

    /** Kills a process that downloads version 2 when half of it is there; a server starts after it, without the store. */
    void killDownload() throws Exception {
        stop();
        mirrored().mirror();
        mirrored().killDownload(TWO);
        start();
    }

    /** Puts trouble between the store, which holds all by now, and the server. */
    void trouble(Function<String, Fate> fates) throws IOException {
        mirrored().mirror();
        mirrored().fates(fates);
    }

    /** Moves the cache to a disk that is full. */
    void fillDisk() throws Exception {
        stop();
        mirrored().leave();
        Path cache = directory.resolve("cache");
        Path copy = Files.move(cache, directory.resolve("cache-before"));
        SmallDisk small = SmallDisk.at(Files.createDirectory(cache), 1 << 20);
        disk = small;
        copy(copy, cache);
        small.fill();
        start();
        mirrored().mirror();
    }

    private MirroredStore mirrored() {
        return Objects.requireNonNull(store);
    }

    /** Kills a process that registers version 2 when half of it is there; nobody had done so before. */
    void killRegistration() throws Exception {
        Path model = Files.move(model(), directory.resolve("new.onnx"));
        Files.delete(manifest());
        Files.delete(manifest().getParent());
        HalfDone.register(registry(), model, TWO);
    }

    void refresh() {
        loader.refresh(false);
    }

    /** Undoes all harm, lets the longest pause pass, and looks at the registry again. */
    void mend() throws IOException {
        if (Files.exists(directory.resolve("elsewhere"))) {
            Files.move(directory.resolve("elsewhere"), registry());
        }
        for (Path each : List.of(model(), manifest())) {
            Files.deleteIfExists(each);
        }
        copy(Examples.REGISTRY.resolve(MODEL), registry().resolve(MODEL));
        champion("2");
        memory = OptionalLong.empty();
        listed = UnaryOperator.identity();
        if (disk != null) {
            disk.empty();
        }
        if (store != null) {
            store.mirror();
            store.repair();
        }
        now = now.plus(Duration.ofMinutes(5));
        refresh();
    }

    Deployment deployment() {
        Deployment deployment = state.current().deployment(DEPLOYMENT);
        if (deployment == null) {
            throw new AssertionError("not deployed");
        }
        return deployment;
    }

    /** Asks the primary its first golden sample, and returns the version that answered, and rightly. */
    String answers() {
        Lane lane = deployment().primaryLane();
        if (lane == null) {
            return "nothing";
        }
        GoldenSample sample = lane.servable().artifact().manifest().golden().getFirst();
        RequestMemory none = new RequestMemory(new ByteBudget(1 << 20));
        RecordedEnd end = new RecordedEnd();
        lane.servable().retain();
        long begun = System.nanoTime();
        lane.submit(new Attempt(
                new InferenceRequest(new RequestId("r"), sample.inputs(), List.of(), 1, none),
                begun,
                begun + TimeUnit.MINUTES.toNanos(1),
                end));
        end.await();
        List<Tensor> outputs =
                end.response() == null ? List.of() : end.response().outputs();
        return !outputs.isEmpty() && Tensors.same(label(outputs), label(sample.outputs()))
                ? lane.servable().ref().version()
                : "nonsense";
    }

    private static Tensor label(List<Tensor> tensors) {
        return tensors.stream()
                .filter(tensor -> tensor.name().equals("label"))
                .findFirst()
                .orElseThrow();
    }

    double failedLoads() {
        return meters.find("weir.model.loads").tag("result", "failed").counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    @Override
    public void close() throws IOException {
        stop();
        if (store != null) {
            store.close();
        }
        if (disk != null) {
            disk.close();
        }
    }
}
