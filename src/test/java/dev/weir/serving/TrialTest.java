package dev.weir.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.deployment.Disclosure;
import dev.weir.deployment.Snapshots;
import dev.weir.deployment.Stickiness;
import dev.weir.deployment.Traffic;
import dev.weir.deployment.VariantSpec;
import dev.weir.deployment.VersionChoice;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.fixture.FakeModel;
import dev.weir.fixture.MemoryPredictionLog;
import dev.weir.fixture.Tensors;
import dev.weir.inference.Settlement;
import dev.weir.inference.Tensor;
import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import dev.weir.predictionlog.LogPolicy;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.RecordTags;
import dev.weir.routing.Route;
import dev.weir.routing.Share;
import dev.weir.servable.Lane;
import dev.weir.servable.LoadedModel;
import io.micrometer.core.instrument.Counter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What callers see of a canary that does not do what it should. Version 2 is the primary, version 1 the canary. */
class TrialTest {

    @TempDir
    Path directory;

    private final MemoryPredictionLog log = MemoryPredictionLog.roomy();
    private Harness harness;

    @BeforeEach
    void prepare() {
        harness = new Harness(directory, log);
    }

    @AfterEach
    void stop() {
        harness.close();
    }

    private void serve(Traffic traffic, Share share, Map<VersionRef, Lane> lanes) {
        harness.serve(Snapshots.deployment(
                Snapshots.divided(
                        "flowers",
                        "iris",
                        traffic,
                        Disclosure.FULL,
                        LogPolicy.DEFAULT,
                        List.of(
                                new VariantSpec("primary", new VersionChoice.Exactly("2"), VariantRole.PRIMARY),
                                new VariantSpec("canary", new VersionChoice.Exactly("1"), VariantRole.CANARY, share))),
                FakeModel.SIGNATURE,
                lanes));
    }

    /** Sends every request to a canary. */
    private void serve(LoadedModel canary) {
        Map<VersionRef, Lane> lanes = new HashMap<>();
        lanes.put(Harness.TWO, harness.lane(Harness.TWO, FakeModel.echo()));
        lanes.put(Harness.ONE, harness.lane(Harness.ONE, canary));
        serve(Traffic.of("flowers"), Share.ALL, lanes);
    }

    private Harness.Told run() {
        Harness.Told told = harness.run(harness.admit());
        harness.compute.runAll();
        return told;
    }

    private double fallbacks(String reason) {
        return harness.meters.find("weir.fallbacks").tag("variant", "canary").tag("reason", reason).counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    private void assertAnsweredByThePrimary(Harness.Told told, String reason) {
        assertThat(told.ends).containsExactly("OK");
        assertThat(told.prediction).isNotNull();
        assertThat(told.prediction.route().variant().version()).isEqualTo(Harness.TWO);
        assertThat(told.prediction.route().reason()).isEqualTo(Route.Reason.FALLBACK);
        assertThat(fallbacks(reason)).isOne();
        assertThat(harness.budget.reserved()).isZero();
    }

    @Test
    void shouldLetTheCanaryAnswerWhoFallsOnIt() {
        serve(FakeModel.echo());

        Harness.Told told = run();

        assertThat(told.ends).containsExactly("OK");
        assertThat(told.prediction.route().variant().version()).isEqualTo(Harness.ONE);
        assertThat(told.prediction.route().reason()).isEqualTo(Route.Reason.HASH);
        assertThat(harness.budget.reserved()).isZero();
    }

    @Test
    void shouldAnswerForACanaryThatThrows() {
        serve(FakeModel.failing(new IllegalStateException("broken")));

        assertAnsweredByThePrimary(run(), "error");
        assertThat(harness.settled("error")).isOne();
        assertThat(harness.settled("ok")).isOne();
    }

    @Test
    void shouldAnswerForACanaryThatRefusesWhatThePrimaryTakes() {
        serve(FakeModel.failing(new RequestRejected(FailureCode.INVALID_FIELD, "not mine", "x")));

        assertAnsweredByThePrimary(run(), "refused");
    }

    @Test
    void shouldAnswerForACanaryWhoseAnswerIsNoNumber() {
        serve(FakeModel.computing(x -> Tensors.fp32("y", Float.NaN)));

        assertAnsweredByThePrimary(run(), "invalid_output");
        assertThat(harness.settled("error")).isOne();
    }

    @Test
    void shouldAnswerForACanaryThatIsNotLoaded() {
        serve(Traffic.of("flowers"), Share.ALL, Map.of(Harness.TWO, harness.lane(Harness.TWO, FakeModel.echo())));

        assertAnsweredByThePrimary(run(), "not_ready");
        assertThat(harness.settled()).isOne();
    }

    @Test
    void shouldAnswerForACanaryThatIsFull() {
        serve(FakeModel.echo());
        harness.run(harness.admit());
        harness.run(harness.admit());

        Harness.Told third = harness.run(harness.admit());
        harness.compute.runAll();

        assertAnsweredByThePrimary(third, "full");
    }

    @Test
    void shouldAnswerInTimeForACanaryThatNeverReturns() {
        Semaphore never = new Semaphore(0);
        Map<VersionRef, Lane> lanes = Map.of(
                Harness.TWO,
                harness.lane(Harness.TWO, FakeModel.echo()),
                Harness.ONE,
                harness.lane(Harness.ONE, FakeModel.waitingFor(never), task -> Thread.ofPlatform()
                        .daemon()
                        .start(task)));
        serve(Traffic.of("flowers"), Share.ALL, lanes);

        Harness.Told told = harness.run(harness.predictions.within(harness.admit(), Duration.ofMillis(400)));

        await().untilAsserted(() -> {
            harness.compute.runAll();
            assertThat(told.ends).containsExactly("OK");
        });
        assertThat(told.prediction.route().variant().version()).isEqualTo(Harness.TWO);
        assertThat(fallbacks("timeout")).isOne();
        assertThat(harness.budget.reserved())
                .as("the native call has the inputs still")
                .isPositive();
        never.release();
        await().untilAsserted(() -> assertThat(harness.budget.reserved()).isZero());
    }

    @Test
    void shouldNotTryACanaryWhenTooLittleTimeIsLeft() {
        Map<VersionRef, Lane> lanes = Map.of(
                Harness.TWO,
                harness.lane(Harness.TWO, FakeModel.echo()),
                Harness.ONE,
                harness.lane(Harness.ONE, FakeModel.echo()));
        serve(new Traffic(new Stickiness.ByRequest(), "flowers", Duration.ofMillis(300)), Share.ALL, lanes);

        Harness.Told told = harness.run(harness.predictions.within(harness.admit(), Duration.ofMillis(300)));
        harness.compute.runAll();

        assertAnsweredByThePrimary(told, "no_time");
        assertThat(harness.settled()).isOne();
    }

    @Test
    void shouldNotTryACanaryAnyMoreThatFailsAllTheTime() {
        serve(FakeModel.failing(new IllegalStateException("broken")));
        for (int i = 0; i < Breaker.LEAST; i++) {
            run();
        }

        assertThat(run().ends).containsExactly("OK");

        assertThat(harness.settled("error")).isEqualTo(Breaker.LEAST);
        assertThat(fallbacks("breaker")).isOne();
    }

    @Test
    void shouldTellTheCallerOfThePrimarysFailureWhenBothFail() {
        Map<VersionRef, Lane> lanes = Map.of(
                Harness.TWO,
                harness.lane(Harness.TWO, FakeModel.failing(new IllegalStateException("broken, too"))),
                Harness.ONE,
                harness.lane(Harness.ONE, FakeModel.failing(new IllegalStateException("broken"))));
        serve(Traffic.of("flowers"), Share.ALL, lanes);

        assertThat(run().ends).containsExactly("EXECUTION_FAILED");
        assertThat(harness.budget.reserved()).isZero();
    }

    @Test
    void shouldEndWhenTheCallerLeaves() {
        serve(FakeModel.echo());
        Harness.Told told = harness.new Told();
        Predictions.Call call = harness.predictions.predict(harness.admit(), harness.request(), RecordTags.NONE, told);

        call.cancel();
        harness.compute.runAll();

        assertThat(told.ends).containsExactly("CANCELLED");
        assertThat(fallbacks("timeout") + fallbacks("error")).isZero();
        assertThat(harness.budget.reserved()).isZero();
    }

    @Test
    void shouldRecordBothAttemptsUnderOneRequest() {
        serve(FakeModel.failing(new IllegalStateException("broken")));

        Harness.Told told = run();

        assertThat(log.records()).hasSize(2);
        PredictionRecord tried = log.records().getFirst();
        PredictionRecord answered = log.records().getLast();
        assertThat(tried.requestId()).isEqualTo(answered.requestId());
        assertThat(tried.context().variant()).isEqualTo("canary");
        assertThat(tried.result()).isEqualTo(Settlement.Result.ERROR);
        assertThat(tried.routing().reason()).isEqualTo("hash");
        assertThat(tried.routing().propensity()).isEqualTo(1.0);
        assertThat(answered.context().variant()).isEqualTo("primary");
        assertThat(answered.routing().reason()).isEqualTo("fallback");
        assertThat(answered.id()).isEqualTo(told.prediction.id());
        assertThat(tried.context().epoch())
                .startsWith("sha256:")
                .isEqualTo(answered.context().epoch());
    }

    private String variantOf(RecordTags tags, Tensor input) {
        Harness.Told told = harness.new Told();
        harness.predictions.predict(harness.admit(), harness.requestOf(input, 1), tags, told);
        harness.compute.runAll();
        return told.prediction.route().variant().name();
    }

    @Test
    void shouldSendTheSameHeaderToTheSameVariantAlways() {
        Map<VersionRef, Lane> lanes = Map.of(
                Harness.TWO,
                harness.lane(Harness.TWO, FakeModel.echo()),
                Harness.ONE,
                harness.lane(Harness.ONE, FakeModel.echo()));
        serve(new Traffic(new Stickiness.ByHeader("X-Customer"), "churn", null), new Share(3_000), lanes);
        RecordTags bob = new RecordTags(List.of(), null, "bob", null, null); // in bucket 2,639 of "churn"
        RecordTags alice = new RecordTags(List.of(), null, "alice", null, null); // 4,250

        for (int i = 0; i < 5; i++) {
            assertThat(variantOf(bob, Tensors.fp32("x", i))).isEqualTo("canary");
            assertThat(variantOf(alice, Tensors.fp32("x", i))).isEqualTo("primary");
        }
    }

    @Test
    void shouldSendTheSameFeatureToTheSameVariantAsAHeaderOfThatText() {
        Map<VersionRef, Lane> lanes = Map.of(
                Harness.TWO,
                harness.lane(Harness.TWO, FakeModel.echo()),
                Harness.ONE,
                harness.lane(Harness.ONE, FakeModel.echo()));
        serve(new Traffic(new Stickiness.ByFeature("x"), "churn", null), new Share(5_681), lanes);

        assertThat(variantOf(RecordTags.NONE, Tensors.fp32("x", 42))).isEqualTo("canary"); // 5,680
        serve(new Traffic(new Stickiness.ByFeature("x"), "churn", null), new Share(5_680), lanes);
        assertThat(variantOf(RecordTags.NONE, Tensors.fp32("x", 42))).isEqualTo("primary");
    }
}
