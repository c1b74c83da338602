package dev.weir.servable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.RequestRejected;
import dev.weir.failure.WeirException;
import dev.weir.fixture.Artifacts;
import dev.weir.fixture.FakeModel;
import dev.weir.fixture.LogLines;
import dev.weir.fixture.ManualExecutor;
import dev.weir.fixture.ManualTicker;
import dev.weir.fixture.RecordedEnd;
import dev.weir.fixture.Tensors;
import dev.weir.inference.ByteBudget;
import dev.weir.inference.InferenceRequest;
import dev.weir.inference.InferenceResponse;
import dev.weir.inference.RequestId;
import dev.weir.inference.RequestMemory;
import dev.weir.inference.Settlement.Timing;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LaneTest {

    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final int BYTES_PER_REQUEST = 100;

    @TempDir
    Path directory;

    private final ManualTicker ticker = new ManualTicker();
    private final ManualExecutor compute = new ManualExecutor();
    private final ByteBudget budget = new ByteBudget(Long.MAX_VALUE);

    /** An attempt and how it ended. */
    private record Try(Attempt attempt, RecordedEnd end) {}

    private Lane lane(FakeModel model, int concurrency, int capacity) {
        ModelArtifact artifact =
                Artifacts.in(directory).promising(FakeModel.SIGNATURE).holding(new byte[] {1});
        return new Lane(new Servable(artifact, model, () -> {}), concurrency, capacity, compute, ticker);
    }

    private Try prepare(Lane lane, float value) {
        RecordedEnd end = new RecordedEnd();
        return new Try(attempt(lane, value, end), end);
    }

    private Attempt attempt(Lane lane, float value, Attempt.Completion completion) {
        RequestMemory memory = new RequestMemory(budget);
        memory.reserve(BYTES_PER_REQUEST);
        InferenceRequest request =
                new InferenceRequest(new RequestId("r"), List.of(Tensors.fp32("x", value)), List.of(), 1, memory);
        lane.servable().retain();
        return new Attempt(request, ticker.nanos(), ticker.nanos() + PATIENCE.toNanos(), completion);
    }

    private Try submit(Lane lane, float value) {
        Try one = prepare(lane, value);
        lane.submit(one.attempt());
        return one;
    }

    private Try submit(Lane lane) {
        return submit(lane, 0);
    }

    private static int uses(Lane lane) {
        return lane.servable().holds() - 1;
    }

    @Test
    void shouldAnswerWithWhatTheModelSays() {
        Try one = submit(lane(FakeModel.echo(), 1, 0), 42);

        compute.runAll();

        InferenceResponse response = one.end().response();
        assertThat(Tensors.floats(response.outputs().getFirst())).containsExactly(42);
    }

    @Test
    void shouldGiveBackMemoryAndServableWhenTheRunIsOver() {
        Lane lane = lane(FakeModel.echo(), 1, 0);
        submit(lane);

        compute.runAll();

        assertThat(budget.reserved()).isZero();
        assertThat(uses(lane)).isZero();
    }

    @Test
    void shouldLetNoMoreRunAtATimeThanItsCap() {
        Lane lane = lane(FakeModel.echo(), 2, 10);

        submit(lane);
        submit(lane);
        submit(lane);

        assertThat(compute.waiting()).isEqualTo(2);
        assertThat(lane.depth()).isOne();
    }

    @Test
    void shouldPassAPlaceOnToTheNextThatWaits() {
        Lane lane = lane(FakeModel.echo(), 1, 10);
        submit(lane);
        submit(lane);

        compute.runNext();

        assertThat(compute.waiting()).isOne();
        assertThat(lane.depth()).isZero();
    }

    @Test
    void shouldServeInTheOrderOfArrival() {
        FakeModel model = FakeModel.echo();
        Lane lane = lane(model, 1, 10);
        for (int i = 0; i < 5; i++) {
            submit(lane, i);
        }

        compute.runAll();

        assertThat(model.seen().stream().map(x -> Tensors.floats(x)[0])).containsExactly(0f, 1f, 2f, 3f, 4f);
    }

    @Test
    void shouldTurnAwayAtOnceWhenItsQueueIsFull() {
        Lane lane = lane(FakeModel.echo(), 1, 1);
        submit(lane);
        submit(lane);

        Try third = submit(lane);

        assertThat(third.end().failure()).isInstanceOf(Overloaded.class);
        assertThat(third.end().code()).isEqualTo(FailureCode.QUEUE_FULL);
    }

    @Test
    void shouldGiveBackWhatATurnedAwayAttemptHeld() {
        Lane lane = lane(FakeModel.echo(), 1, 0);
        submit(lane);

        submit(lane);

        assertThat(budget.reserved()).isEqualTo(BYTES_PER_REQUEST);
        assertThat(uses(lane)).isOne();
    }

    @Test
    void shouldGiveBackOnceWhenTheDeadlinePassesBeforeAFullQueueIsMet() {
        Lane lane = lane(FakeModel.echo(), 1, 0);
        submit(lane);
        Try late = prepare(lane, 0);

        lane.expire(late.attempt());
        lane.submit(late.attempt());

        assertThat(uses(lane)).isOne();
        assertThat(late.end().code()).isEqualTo(FailureCode.DEADLINE_EXCEEDED);
        assertThat(late.end().ends()).isOne();
    }

    @Test
    void shouldHaveRoomAgainAfterItWasFull() {
        Lane lane = lane(FakeModel.echo(), 1, 1);
        submit(lane);
        submit(lane);
        submit(lane);
        compute.runAll();

        Try later = submit(lane);
        compute.runAll();

        assertThat(later.end().response()).isNotNull();
    }

    @Test
    void shouldNeverStartWorkThatExpiredInTheQueue() {
        FakeModel model = FakeModel.echo();
        Try one = submit(lane(model, 1, 0));
        ticker.advance(PATIENCE);

        compute.runAll();

        assertThat(model.runs()).isZero();
        assertThat(one.end().code()).isEqualTo(FailureCode.DEADLINE_EXCEEDED);
    }

    @Test
    void shouldStartWorkThatIsAboutToExpire() {
        FakeModel model = FakeModel.echo();
        submit(lane(model, 1, 0));
        ticker.advance(PATIENCE.minusNanos(1));

        compute.runAll();

        assertThat(model.runs()).isOne();
    }

    @Test
    void shouldDropWorkFromTheQueueWhenItExpires() {
        Lane lane = lane(FakeModel.echo(), 1, 10);
        submit(lane);
        Try waiting = submit(lane);

        lane.expire(waiting.attempt());

        assertThat(waiting.end().code()).isEqualTo(FailureCode.DEADLINE_EXCEEDED);
        assertThat(lane.depth()).isZero();
        assertThat(budget.reserved()).isEqualTo(BYTES_PER_REQUEST);
        assertThat(uses(lane)).isOne();
    }

    @Test
    void shouldDropWorkFromTheQueueWhenItsCallerLeaves() {
        FakeModel model = FakeModel.echo();
        Lane lane = lane(model, 1, 10);
        submit(lane);
        Try waiting = submit(lane);

        lane.cancel(waiting.attempt());
        compute.runAll();

        assertThat(waiting.end().code()).isEqualTo(FailureCode.CANCELLED);
        assertThat(model.runs()).isOne();
    }

    @Test
    void shouldNotRunWorkThatExpiredAfterItGotItsPlace() {
        FakeModel model = FakeModel.echo();
        Lane lane = lane(model, 1, 10);
        Try placed = submit(lane);
        Try next = submit(lane);

        lane.expire(placed.attempt());
        compute.runAll();

        assertThat(model.runs()).isOne();
        assertThat(next.end().response()).isNotNull();
    }

    @Test
    void shouldAnswerRunningWorkAtItsDeadline() {
        AtomicReference<Runnable> atDeadline = new AtomicReference<>();
        FakeModel model = FakeModel.echo().duringRun(() -> atDeadline.get().run());
        Lane lane = lane(model, 1, 0);
        Try one = submit(lane);
        List<FailureCode> during = new ArrayList<>();
        atDeadline.set(() -> {
            lane.expire(one.attempt());
            during.add(one.end().code());
        });

        compute.runAll();

        assertThat(during).containsExactly(FailureCode.DEADLINE_EXCEEDED);
    }

    @Test
    void shouldAnswerRunningWorkOnce() {
        AtomicReference<Runnable> atDeadline = new AtomicReference<>();
        FakeModel model = FakeModel.echo().duringRun(() -> atDeadline.get().run());
        Lane lane = lane(model, 1, 0);
        Try one = submit(lane);
        atDeadline.set(() -> {
            lane.expire(one.attempt());
            lane.expire(one.attempt());
            lane.cancel(one.attempt());
        });

        compute.runAll();

        assertThat(one.end().ends()).isOne();
        assertThat(one.end().response()).isNull();
    }

    @Test
    void shouldHoldMemoryAndServableUntilTheNativeCallReturns() {
        AtomicReference<Runnable> atDeadline = new AtomicReference<>();
        FakeModel model = FakeModel.echo().duringRun(() -> atDeadline.get().run());
        Lane lane = lane(model, 1, 0);
        Try one = submit(lane);
        List<Long> during = new ArrayList<>();
        atDeadline.set(() -> {
            lane.expire(one.attempt());
            during.add(budget.reserved());
            during.add((long) uses(lane));
        });

        compute.runAll();

        assertThat(during).containsExactly((long) BYTES_PER_REQUEST, 1L);
        assertThat(budget.reserved()).isZero();
        assertThat(uses(lane)).isZero();
    }

    @Test
    void shouldAskRunningWorkToStopWhenItExpires() {
        AtomicReference<Runnable> atDeadline = new AtomicReference<>();
        FakeModel model = FakeModel.echo().duringRun(() -> atDeadline.get().run());
        Lane lane = lane(model, 1, 0);
        Try one = submit(lane);
        atDeadline.set(() -> lane.expire(one.attempt()));

        compute.runAll();

        assertThat(model.wasStopped()).isTrue();
    }

    @Test
    void shouldNotAskWorkToStopThatIsOver() {
        FakeModel model = FakeModel.echo();
        Lane lane = lane(model, 1, 0);
        Try one = submit(lane);
        compute.runAll();

        lane.expire(one.attempt());

        assertThat(model.wasStopped()).isFalse();
        assertThat(one.end().response()).isNotNull();
        assertThat(one.end().ends()).isOne();
    }

    @Test
    void shouldKeepThePlaceOfAnExpiredRunUntilItReturns() {
        AtomicReference<Runnable> atDeadline = new AtomicReference<>();
        FakeModel model = FakeModel.echo().duringRun(() -> atDeadline.get().run());
        Lane lane = lane(model, 1, 10);
        Try one = submit(lane);
        List<Integer> started = new ArrayList<>();
        atDeadline.set(() -> {
            atDeadline.set(() -> {});
            lane.expire(one.attempt());
            submit(lane);
            started.add(compute.waiting());
        });

        compute.runNext();

        assertThat(started).containsExactly(0);
        assertThat(compute.waiting()).isOne();
    }

    @Test
    void shouldTurnAModelsExceptionIntoACode() {
        Try one = submit(lane(FakeModel.failing(new IllegalStateException("native words")), 1, 0));

        compute.runAll();

        WeirException failure = one.end().failure();
        assertThat(failure.code()).isEqualTo(FailureCode.EXECUTION_FAILED);
        assertThat(failure.publicMessage()).doesNotContain("native words");
        assertThat(failure).hasRootCauseMessage("native words");
    }

    @Test
    void shouldLeaveAFailuresLogLineToWhoeverIsToldOfIt() {
        try (LogLines log = LogLines.of(Lane.class)) {
            submit(lane(FakeModel.failing(new IllegalStateException("native words")), 1, 0));

            compute.runAll();

            assertThat(log.lines()).isEmpty();
        }
    }

    @Test
    void shouldLogAFailureThatNobodyIsToldOf() {
        AtomicReference<Runnable> atDeadline = new AtomicReference<>();
        IllegalStateException cause = new IllegalStateException("native words");
        FakeModel model =
                FakeModel.failing(cause).duringRun(() -> atDeadline.get().run());
        Lane lane = lane(model, 1, 0);
        Try one = submit(lane);
        atDeadline.set(() -> lane.expire(one.attempt()));
        try (LogLines log = LogLines.of(Lane.class)) {
            compute.runAll();

            assertThat(log.lines()).singleElement().satisfies(line -> {
                assertThat(line.getMessage()).isEqualTo("model failed after its request ended");
                assertThat(line.getThrown()).isSameAs(cause);
                assertThat(line.getMdc("requestId")).isEqualTo("r");
            });
        }
        assertThat(one.end().code()).isEqualTo(FailureCode.DEADLINE_EXCEEDED);
    }

    @Test
    void shouldPassOnARuntimesRefusalOfAValue() {
        RequestRejected refusal = new RequestRejected(FailureCode.UNSUPPORTED_VALUE, "no", "inputs.x.data[0]");
        Try one = submit(lane(FakeModel.failing(refusal), 1, 0));

        compute.runAll();

        assertThat(one.end().failure()).isSameAs(refusal);
    }

    @Test
    void shouldPassOnACodedFailureWithACause() {
        PredictionFailed failure = new PredictionFailed(
                FailureCode.EXECUTION_FAILED, "the model failed on this request", new IllegalStateException("native"));
        Try one = submit(lane(FakeModel.failing(failure), 1, 0));

        compute.runAll();

        assertThat(one.end().failure()).isSameAs(failure);
    }

    @Test
    void shouldSurviveAnError() {
        FakeModel model = FakeModel.computing(x -> {
            throw new StackOverflowError("in a model");
        });
        Lane lane = lane(model, 1, 10);
        Try one = submit(lane);
        submit(lane);

        compute.runAll();

        assertThat(one.end().code()).isEqualTo(FailureCode.EXECUTION_FAILED);
        assertThat(model.runs()).isEqualTo(2);
        assertThat(budget.reserved()).isZero();
    }

    @Test
    void shouldServeTheNextAfterACompletionThatThrows() {
        Lane lane = lane(FakeModel.echo(), 1, 10);
        lane.submit(attempt(lane, 0, new Attempt.Completion() {
            @Override
            public void succeeded(InferenceResponse response, Timing timing, int callRows) {
                throw new IllegalStateException("the connection is gone");
            }

            @Override
            public void failed(WeirException failure, Timing timing) {}
        }));
        Try next = submit(lane);

        compute.runAll();

        assertThat(next.end().response()).isNotNull();
    }

    @Test
    void shouldSurviveAnErrorInACompletion() {
        Lane lane = lane(FakeModel.echo(), 1, 10);
        lane.submit(attempt(lane, 0, new Attempt.Completion() {
            @Override
            public void succeeded(InferenceResponse response, Timing timing, int callRows) {
                throw new OutOfMemoryError("planted");
            }

            @Override
            public void failed(WeirException failure, Timing timing) {}
        }));

        assertThatNoException().isThrownBy(compute::runAll);
    }

    @Test
    void shouldSayHowLongWorkWaited() {
        Try one = submit(lane(FakeModel.echo(), 1, 0));
        ticker.advance(Duration.ofMillis(30));

        compute.runAll();

        assertThat(one.end().timing()).isEqualTo(new Timing(30_000_000, 1, 2, 3));
    }

    @Test
    void shouldSayHowLongExpiredWorkWaited() {
        Try one = submit(lane(FakeModel.echo(), 1, 0));
        ticker.advance(PATIENCE);

        compute.runAll();

        assertThat(one.end().timing()).isEqualTo(new Timing(PATIENCE.toNanos(), 0, 0, 0));
    }

    @Test
    void shouldTurnAwayWhenTheThreadsAreGone() {
        Lane lane = lane(FakeModel.echo(), 1, 10);
        compute.shutDown();

        Try one = submit(lane);

        assertThat(one.end().code()).isEqualTo(FailureCode.SHUTTING_DOWN);
        assertThat(budget.reserved()).isZero();
        assertThat(uses(lane)).isZero();
    }

    @Test
    void shouldTurnAwayALongQueueWhenTheThreadsAreGone() {
        int waiting = 30_000;
        Lane lane = lane(FakeModel.echo(), 1, waiting);
        List<Try> tries = new ArrayList<>();
        for (int i = 0; i <= waiting; i++) {
            tries.add(submit(lane));
        }
        compute.shutDown();

        compute.runAll();

        assertThat(tries.getFirst().end().response()).isNotNull();
        assertThat(tries.subList(1, tries.size())).allMatch(each -> each.end().code() == FailureCode.SHUTTING_DOWN);
        assertThat(uses(lane)).isZero();
    }

    @Test
    void shouldCloseADrainedModelOnlyAfterTheQueueIsServed() {
        FakeModel model = FakeModel.echo();
        Lane lane = lane(model, 1, 10);
        submit(lane);
        submit(lane);

        lane.servable().drain();
        compute.runAll();

        assertThat(model.runs()).isEqualTo(2);
        assertThat(model.closes()).isOne();
        assertThat(model.wasMistreated()).isFalse();
    }
}
