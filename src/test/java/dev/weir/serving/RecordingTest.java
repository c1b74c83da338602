package dev.weir.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.deployment.Deployment;
import dev.weir.deployment.ServingSnapshot;
import dev.weir.deployment.Snapshots;
import dev.weir.failure.FailureCode;
import dev.weir.failure.WeirException;
import dev.weir.fixture.FakeModel;
import dev.weir.fixture.MemoryPredictionLog;
import dev.weir.fixture.Tensors;
import dev.weir.inference.InferenceRequest;
import dev.weir.inference.InferenceResponse;
import dev.weir.inference.PredictionId;
import dev.weir.inference.Settlement;
import dev.weir.inference.Shape;
import dev.weir.inference.Tensor;
import dev.weir.predictionlog.Capture;
import dev.weir.predictionlog.Durability;
import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.LogPolicy;
import dev.weir.predictionlog.Overflow;
import dev.weir.predictionlog.PackedTensors;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.RecordTags;
import dev.weir.predictionlog.Redaction;
import dev.weir.predictionlog.SubjectSource;
import dev.weir.routing.Route;
import dev.weir.routing.Variant;
import dev.weir.servable.LoadedModel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is put on record of predictions, and when their answers leave. */
class RecordingTest {

    private static final LogPolicy SYNC = policy(Capture.FULL, 1, 1 << 16, Overflow.DROP, Durability.SYNC);

    @TempDir
    Path directory;

    private final MemoryPredictionLog log = MemoryPredictionLog.roomy();
    private Harness harness;

    private static LogPolicy policy(
            Capture capture, double sample, int maxPayload, Overflow overflow, Durability durability) {
        return new LogPolicy(
                capture, sample, maxPayload, overflow, durability, null, Map.of(), LogPolicy.DEFAULT_RETENTION);
    }

    private static LogPolicy policy(Overflow overflow) {
        return policy(Capture.FULL, 1, 1 << 16, overflow, Durability.ASYNC);
    }

    private void serve(LogPolicy policy, LoadedModel model) {
        harness = new Harness(directory, log);
        harness.serve(Snapshots.deployment(
                Snapshots.recorded("flowers", policy, Harness.TWO),
                FakeModel.SIGNATURE,
                Map.of(Harness.TWO, harness.lane(Harness.TWO, model))));
    }

    @AfterEach
    void stop() {
        harness.close();
    }

    private Harness.Told run() {
        return harness.run(harness.admit());
    }

    private PredictionRecord only() {
        assertThat(log.records()).hasSize(1);
        return log.records().getFirst();
    }

    private static float value(PackedTensors packed) {
        return ((Tensor.Fixed) packed.unpack().tensors().getFirst()).data().getFloat();
    }

    @Test
    void shouldRecordWhoAnsweredWhatToWhom() {
        serve(LogPolicy.DEFAULT, FakeModel.echo());

        Harness.Told told = run();
        harness.compute.runAll();

        PredictionRecord record = only();
        assertThat(told.ends).containsExactly("OK");
        assertThat(record.id()).isEqualTo(told.attempt);
        assertThat(record.requestId().value()).isEqualTo("r");
        assertThat(record.context().deployment()).isEqualTo("flowers");
        assertThat(record.context().configDigest()).isEqualTo("sha256:0");
        assertThat(record.context().version()).isEqualTo(Harness.TWO);
        assertThat(record.context().manifestDigest()).startsWith("sha256:");
        assertThat(record.callerId()).isEqualTo("tester");
        assertThat(record.result()).isEqualTo(Settlement.Result.OK);
        assertThat(record.rows()).isOne();
        assertThat(record.callRows()).isOne();
        assertThat(record.routing().reason()).isEqualTo("primary");
    }

    @Test
    void shouldKeepInputsAndOutputs() {
        serve(LogPolicy.DEFAULT, FakeModel.echo());

        run();
        harness.compute.runAll();

        assertThat(value(only().payload().inputs()))
                .isEqualTo(value(only().payload().outputs()));
        assertThat(only().payload().outputs().unpack().tensors().getFirst().name())
                .isEqualTo("y");
    }

    @Test
    void shouldKeepOnlyWhatThePolicyAsksFor() {
        serve(policy(Capture.OUTPUTS, 1, 1 << 16, Overflow.DROP, Durability.ASYNC), FakeModel.echo());

        run();
        harness.compute.runAll();

        assertThat(only().payload().inputs()).isNull();
        assertThat(only().payload().outputs()).isNotNull();
        assertThat(only().payload().truncated()).isFalse();
    }

    @Test
    void shouldSayWhatIsTooLargeToBeKept() {
        serve(policy(Capture.FULL, 1, 8, Overflow.DROP, Durability.ASYNC), FakeModel.echo());

        run();
        harness.compute.runAll();

        assertThat(only().payload().truncated()).isTrue();
        assertThat(only().payload().inputs()).isNull();
        assertThat(only().payload().outputs()).isNull();
    }

    @Test
    void shouldRecordFailures() {
        serve(LogPolicy.DEFAULT, FakeModel.failing(new IllegalStateException("broken")));

        run();
        harness.compute.runAll();

        assertThat(only().result()).isEqualTo(Settlement.Result.ERROR);
        assertThat(only().code()).isEqualTo(FailureCode.EXECUTION_FAILED);
        assertThat(only().payload().inputs()).isNotNull();
        assertThat(only().payload().outputs()).isNull();
        assertThat(only().callRows()).isZero();
    }

    @Test
    void shouldRecordTheCallersOwnIds() {
        serve(LogPolicy.DEFAULT, FakeModel.echo());

        harness.predictions.predict(
                harness.admit(),
                harness.request(),
                new RecordTags(List.of("order-7"), null, null, "t", "s"),
                harness.new Told());
        harness.compute.runAll();

        assertThat(only().inferenceIds()).containsExactly("order-7");
        assertThat(only().traceId()).isEqualTo("t");
        assertThat(only().spanId()).isEqualTo("s");
    }

    @Test
    void shouldGiveTheRoomBackOnceTheRecordIsWritten() {
        serve(LogPolicy.DEFAULT, FakeModel.echo());

        run();
        assertThat(log.reserved()).isPositive();
        harness.compute.runAll();

        assertThat(log.reserved()).isZero();
    }

    @Test
    void shouldAnswerWithoutARecordAndCountItWhenThereIsNoRoomAndThePolicySaysDrop() {
        serve(policy(Overflow.DROP), FakeModel.echo());
        log.capacity(0);

        Harness.Told told = run();
        harness.compute.runAll();

        assertThat(told.ends).containsExactly("OK");
        assertThat(log.records()).isEmpty();
        assertThat(log.losses()).containsExactly(GapRecord.Reason.OVERFLOW);
    }

    @Test
    void shouldRefuseWhenThereIsNoRoomAndThePolicySaysReject() {
        serve(policy(Overflow.REJECT), FakeModel.echo());
        log.capacity(0);

        Harness.Told told = run();

        assertThat(told.ends).containsExactly("LOG_FULL");
        assertThat(harness.compute.waiting()).isZero();
        assertThat(harness.budget.reserved()).isZero();
        assertThat(log.losses()).isEmpty();
    }

    @Test
    void shouldWaitForRoomWhenThePolicySaysBlock() {
        serve(policy(Overflow.BLOCK), FakeModel.echo());
        log.capacity(0);

        Harness.Told told = run();
        assertThat(harness.compute.waiting()).isZero();
        log.giveRoom();
        harness.compute.runAll();

        assertThat(told.ends).containsExactly("OK");
        assertThat(log.records()).hasSize(1);
    }

    @Test
    void shouldWaitForRoomNoLongerThanTheDeadline() {
        serve(policy(Overflow.BLOCK), FakeModel.echo());
        log.capacity(0);

        Harness.Told told = harness.run(harness.predictions.within(harness.admit(), Duration.ofMillis(20)));

        Awaitility.await().untilAsserted(() -> assertThat(told.ends).containsExactly("DEADLINE_EXCEEDED"));
        assertThat(log.waiting()).isZero();
        assertThat(harness.budget.reserved()).isZero();
    }

    @Test
    void shouldStopWaitingForRoomWhenTheCallerLeaves() {
        serve(policy(Overflow.BLOCK), FakeModel.echo());
        log.capacity(0);
        Harness.Told told = harness.new Told();

        harness.predictions
                .predict(harness.admit(), harness.request(), RecordTags.NONE, told)
                .cancel();

        assertThat(told.ends).containsExactly("CANCELLED");
        assertThat(log.waiting()).isZero();
        assertThat(harness.budget.reserved()).isZero();
    }

    @Test
    void shouldHoldTheAnswerBackUntilTheRecordIsOnDisk() {
        serve(SYNC, FakeModel.echo());

        Harness.Told told = run();
        harness.compute.runAll();
        assertThat(told.ends).isEmpty();
        log.commit();
        harness.compute.runAll();

        assertThat(told.ends).containsExactly("OK");
    }

    @Test
    void shouldHoldFailuresBackToo() {
        serve(SYNC, FakeModel.failing(new IllegalStateException("broken")));

        Harness.Told told = run();
        harness.compute.runAll();
        assertThat(told.ends).isEmpty();
        log.commit();
        harness.compute.runAll();

        assertThat(told.ends).containsExactly("EXECUTION_FAILED");
    }

    @Test
    void shouldRecordWhatRanOutOfTimeAndNotWaitForTheDiskThen() {
        serve(SYNC, FakeModel.echo());

        Harness.Told told = harness.run(harness.predictions.within(harness.admit(), Duration.ofMillis(20)));

        Awaitility.await().untilAsserted(() -> assertThat(told.ends).containsExactly("DEADLINE_EXCEEDED"));
        assertThat(only().result()).isEqualTo(Settlement.Result.TIMEOUT);
        assertThat(only().code()).isEqualTo(FailureCode.DEADLINE_EXCEEDED);
    }

    @Test
    void shouldTellTheCallerWhenTheDiskFails() {
        serve(SYNC, FakeModel.echo());

        Harness.Told told = run();
        harness.compute.runAll();
        log.failCommit();
        harness.compute.runAll();

        assertThat(told.ends).containsExactly("LOG_UNAVAILABLE");
    }

    @Test
    void shouldWaitForTheDiskNoLongerThanTheDeadline() {
        serve(SYNC, FakeModel.echo());

        Harness.Told told = harness.run(harness.predictions.within(harness.admit(), Duration.ofMillis(200)));
        harness.compute.runAll();
        Awaitility.await().untilAsserted(() -> assertThat(told.ends).containsExactly("DEADLINE_EXCEEDED"));
        log.commit();
        harness.compute.runAll();

        assertThat(told.ends).containsExactly("DEADLINE_EXCEEDED");
    }

    @Test
    void shouldAnswerAtTheDeadlineWhenNoThreadIsFreeToAnswerBefore() {
        serve(SYNC, FakeModel.echo());

        Harness.Told told = harness.run(harness.predictions.within(harness.admit(), Duration.ofMillis(200)));
        harness.compute.runAll();
        log.commit();

        Awaitility.await().untilAsserted(() -> assertThat(told.ends).containsExactly("DEADLINE_EXCEEDED"));
    }

    @Test
    void shouldNotBeginToWaitForTheDiskOnceTheDeadlineHasPassed() {
        serve(SYNC, FakeModel.echo());
        ServingSnapshot snapshot = harness.state.current();
        Deployment deployment = Objects.requireNonNull(snapshot.deployment("flowers"));
        Variant variant = Objects.requireNonNull(deployment.primary());
        RecordPlan plan = Objects.requireNonNull(harness.plans.plan(
                snapshot,
                deployment,
                variant,
                Objects.requireNonNull(deployment.primaryLane()).servable()));
        InferenceRequest request = harness.request();
        RecordPlan.Need need = plan.need(request, RecordTags.NONE);
        RecordDraft draft = new RecordDraft(
                plan,
                Objects.requireNonNull(log.reserve(need.bytes())),
                need,
                new PredictionIds().next(),
                request,
                Instant.EPOCH,
                Route.to(variant, Route.Reason.PRIMARY),
                Harness.CALLER,
                RecordTags.NONE,
                null);
        List<String> ends = new ArrayList<>();
        AttemptEnd[] end = new AttemptEnd[1];
        end[0] = new AttemptEnd(
                new Recorder(log, harness.plans, harness.compute),
                draft,
                new Deadlines.Timer(),
                // The time is over after the model answered and before the record is handed over.
                (result, code, timing) -> end[0].expire(),
                new AttemptEnd.Answered() {
                    @Override
                    public void succeeded(InferenceResponse response) {
                        ends.add("OK");
                    }

                    @Override
                    public void failed(WeirException failure) {
                        ends.add(failure.code().name());
                    }
                });

        end[0].succeeded(new InferenceResponse(List.of()), Settlement.Timing.NONE, 1);

        assertThat(ends).containsExactly("DEADLINE_EXCEEDED");
    }

    @Test
    void shouldReserveWhatDigestsTakeAndNotKeepMoreThanThePolicyAllows() {
        harness = new Harness(directory, log);
        LogPolicy policy = new LogPolicy(
                Capture.INPUTS,
                1,
                64,
                Overflow.DROP,
                Durability.ASYNC,
                null,
                Map.of("x", Redaction.HASH),
                LogPolicy.DEFAULT_RETENTION);
        harness.serve(Snapshots.deployment(
                Snapshots.recorded("flowers", policy, Harness.TWO),
                FakeModel.SIGNATURE,
                Map.of(Harness.TWO, harness.lane(Harness.TWO, FakeModel.echo()))));

        run();
        harness.compute.runAll();

        assertThat(only().payload().truncated()).isTrue();
        assertThat(only().payload().inputs()).isNull();
    }

    @Test
    void shouldGoOnWithWhoWaitedForRoomOnAnotherThreadThanTheLogs() {
        serve(policy(Overflow.BLOCK), FakeModel.echo());
        log.capacity(0);
        Harness.Told told = run();

        log.giveRoom();

        assertThat(told.route).isNull();
        assertThat(harness.compute.waiting()).isOne();
    }

    @Test
    void shouldSampleByTheRandomBitsOfTheId() {
        serve(policy(Capture.FULL, 1e-12, 1 << 16, Overflow.DROP, Durability.ASYNC), FakeModel.echo());

        run();
        harness.compute.runAll();

        assertThat(only().payload().sampled()).isFalse();
        assertThat(only().payload().inputs()).isNull();
        assertThat(only().payload().probability()).isEqualTo(1e-12);
        assertThat(RecordDraft.isSampled(new PredictionId(new UUID(0, 0x8000_0000_0000_0000L)), 1e-12))
                .isTrue();
        assertThat(RecordDraft.isSampled(new PredictionId(new UUID(0, 0xBFFF_FFFF_FFFF_FFFFL)), 0.999))
                .isFalse();
    }

    @Test
    void shouldKeepTheRecordButNotOutputsThatFindNoRoom() {
        serve(LogPolicy.DEFAULT, FakeModel.computing(x -> new Tensor.Bytes("y", Shape.of(1), List.of(new byte[5000]))));
        run();
        log.capacity(log.reserved());
        harness.compute.runAll();

        assertThat(only().payload().truncated()).isTrue();
        assertThat(only().payload().inputs()).isNotNull();
        assertThat(only().payload().outputs()).isNull();
    }

    private static LogPolicy about(SubjectSource subject, Map<String, Redaction> features) {
        return new LogPolicy(
                Capture.FULL,
                1,
                1 << 16,
                Overflow.DROP,
                Durability.ASYNC,
                subject,
                features,
                LogPolicy.DEFAULT_RETENTION);
    }

    @Test
    void shouldRecordAKeyInPlaceOfTheSubjectThatAHeaderNames() {
        serve(about(new SubjectSource.Header("X-Customer"), Map.of()), FakeModel.echo());

        harness.predictions.predict(
                harness.admit(),
                harness.request(),
                new RecordTags(List.of(), "anne", null, null, null),
                harness.new Told());
        harness.compute.runAll();

        assertThat(only().subjectKey()).startsWith("hmac:k1:").doesNotContain("anne");
    }

    @Test
    void shouldReadTheSubjectFromAFeature() {
        serve(about(new SubjectSource.Feature("x"), Map.of()), FakeModel.echo());

        run();
        harness.compute.runAll();

        assertThat(only().subjectKey()).startsWith("hmac:k1:");
    }

    @Test
    void shouldRefuseARequestAboutSeveralSubjects() {
        serve(about(new SubjectSource.Feature("x"), Map.of()), FakeModel.echo());
        Harness.Told told = harness.new Told();

        harness.predictions.predict(
                harness.admit(), harness.requestOf(Tensors.fp32("x", 1, 2), 2), RecordTags.NONE, told);

        assertThat(told.ends).containsExactly("INVALID_FIELD");
        assertThat(harness.budget.reserved()).isZero();
        assertThat(log.reserved()).isZero();
    }

    @Test
    void shouldTakeOutWhatThePolicyRedacts() {
        serve(about(null, Map.of("x", Redaction.DROP, "y", Redaction.HASH)), FakeModel.echo());

        run();
        harness.compute.runAll();

        assertThat(value(only().payload().inputs())).isZero();
        assertThat(value(only().payload().outputs())).isZero();
    }

    @Test
    void shouldKeepNoPayloadWhenThePolicySpeaksOfFeaturesThatAreNotThere() {
        serve(about(null, Map.of("z", Redaction.DROP)), FakeModel.echo());

        run();
        harness.compute.runAll();

        assertThat(only().payload().inputs()).isNull();
        assertThat(only().payload().outputs()).isNull();
    }
}
