package dev.weir.serving;

import dev.weir.deployment.Deployment;
import dev.weir.deployment.DeploymentConfig;
import dev.weir.deployment.Disclosure;
import dev.weir.deployment.ServingState;
import dev.weir.deployment.Snapshots;
import dev.weir.failure.WeirException;
import dev.weir.fixture.Artifacts;
import dev.weir.fixture.FakeModel;
import dev.weir.fixture.ManualExecutor;
import dev.weir.fixture.ManualTicker;
import dev.weir.fixture.MemoryPredictionLog;
import dev.weir.fixture.Tensors;
import dev.weir.inference.ByteBudget;
import dev.weir.inference.Caller;
import dev.weir.inference.CallerRole;
import dev.weir.inference.InferenceRequest;
import dev.weir.inference.PredictionId;
import dev.weir.inference.RequestId;
import dev.weir.inference.RequestMemory;
import dev.weir.inference.Tensor;
import dev.weir.inference.VersionRef;
import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.PredictionLog;
import dev.weir.predictionlog.RecordTags;
import dev.weir.predictionlog.Subjects;
import dev.weir.routing.Route;
import dev.weir.servable.Lane;
import dev.weir.servable.LoadedModel;
import dev.weir.servable.Servable;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Predictions over real lanes and fake models, with time and threads that stand still until told otherwise. */
final class Harness implements AutoCloseable {

    static final Caller CALLER = new Caller("tester", EnumSet.allOf(CallerRole.class));
    static final Duration MAX_TIMEOUT = Duration.ofSeconds(60);
    static final VersionRef ONE = new VersionRef("iris", "1");
    static final VersionRef TWO = new VersionRef("iris", "2");

    private static final int BYTES = 100;

    final ManualTicker ticker = new ManualTicker();
    final ManualExecutor compute = new ManualExecutor();
    final ServingState state = new ServingState();
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final ByteBudget budget = new ByteBudget(Long.MAX_VALUE);
    final Predictions predictions;
    final RecordPlans plans;

    private final Path directory;
    private final Deadlines deadlines = new Deadlines();

    Harness(Path directory) {
        this(directory, MemoryPredictionLog.off());
    }

    Harness(Path directory, PredictionLog log) {
        this.directory = directory;
        Keyring keyring = new Keyring(directory.resolve("keys"), true);
        this.plans = new RecordPlans(log, keyring, new Subjects(keyring));
        Attempts attempts = new Attempts(
                new Settlements(meters),
                deadlines,
                InstantSource.fixed(Instant.EPOCH),
                ticker,
                new Recorder(log, plans, compute));
        Router router = new Router(state, new PredictionIds(), new Breakers(), ticker, meters);
        this.predictions = new Predictions(state, router, attempts, ticker, new Limits());
    }

    /** The limits of deployments as they are by default. */
    private record Limits() implements DeploymentConfig {
        @Override
        public Path directory() {
            return Path.of("nowhere");
        }

        @Override
        public Duration timeout() {
            return Duration.ofSeconds(5);
        }

        @Override
        public Duration maxTimeout() {
            return MAX_TIMEOUT;
        }

        @Override
        public Duration poll() {
            return Duration.ZERO;
        }

        @Override
        public int queue() {
            return 256;
        }

        @Override
        public boolean allowNone() {
            return false;
        }
    }

    Lane lane(VersionRef ref, LoadedModel model) {
        return lane(ref, model, compute);
    }

    Lane lane(VersionRef ref, LoadedModel model, Executor threads) {
        Servable servable = new Servable(
                Artifacts.in(directory.resolve(ref.version()))
                        .version(ref.model(), ref.version())
                        .promising(FakeModel.SIGNATURE)
                        .holding(new byte[] {1}),
                model,
                () -> {});
        return new Lane(servable, 1, 1, threads, ticker);
    }

    Deployment deployment(Disclosure disclosure, Map<VersionRef, Lane> lanes) {
        return Snapshots.deployment(
                Snapshots.spec("flowers", disclosure, TWO, ONE), lanes.isEmpty() ? null : FakeModel.SIGNATURE, lanes);
    }

    void serve(Deployment... deployments) {
        Snapshots.apply(state, deployments);
    }

    /** Serves version 2 of a deployment {@code flowers}, with version 1 as a standby, and returns the lane of version 2. */
    Lane serve(LoadedModel model) {
        Lane primary = lane(TWO, model);
        serve(deployment(Disclosure.FULL, Map.of(TWO, primary, ONE, lane(ONE, FakeModel.echo()))));
        return primary;
    }

    Admission admit() {
        return predictions.admit("flowers", null, CALLER, null);
    }

    InferenceRequest request() {
        return requestOf(Tensors.fp32("x", 1), 1);
    }

    InferenceRequest requestOf(Tensor input, int rows) {
        RequestMemory memory = new RequestMemory(budget);
        memory.reserve(BYTES);
        return new InferenceRequest(new RequestId("r"), List.of(input), List.of(), rows, memory);
    }

    /** What callers see of a request, and how many settlements there were when they did. */
    final class Told implements Answer {
        final List<String> ends = new CopyOnWriteArrayList<>();
        final List<Double> settledBefore = new CopyOnWriteArrayList<>();

        @Nullable
        Route route;

        @Nullable
        PredictionId attempt;

        @Nullable
        Prediction prediction;

        @Override
        public synchronized void routed(PredictionId id, Route to) {
            attempt = id;
            route = to;
        }

        @Override
        public synchronized void succeeded(Prediction answer) {
            prediction = answer;
            end("OK");
        }

        @Override
        public synchronized void failed(WeirException failure, @Nullable PredictionId id) {
            end(failure.code().name());
        }

        private void end(String how) {
            settledBefore.add(settled());
            ends.add(how);
        }
    }

    Told run(Admission admission) {
        Told told = new Told();
        predictions.predict(admission, request(), RecordTags.NONE, told);
        return told;
    }

    double settled() {
        return meters.find("weir.executions").counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    double settled(String result) {
        return meters.find("weir.executions").tag("result", result).counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    @Override
    public void close() {
        deadlines.stop();
    }
}
