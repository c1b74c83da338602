package dev.weir.servable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.fixture.Artifacts;
import dev.weir.fixture.FakeModel;
import dev.weir.fixture.ManualExecutor;
import dev.weir.fixture.ManualTicker;
import dev.weir.fixture.RecordedEnd;
import dev.weir.fixture.Tensors;
import dev.weir.inference.ByteBudget;
import dev.weir.inference.InferenceRequest;
import dev.weir.inference.RequestId;
import dev.weir.inference.RequestMemory;
import dev.weir.inference.Tensor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several requests in one native call. */
class SharedCallTest {

    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final UnaryOperator<Tensor> ECHO = x -> Tensors.fp32("y", Tensors.floats(x));
    private static final PredictionFailed FAILURE = new PredictionFailed(FailureCode.EXECUTION_FAILED, "no");

    @TempDir
    Path directory;

    private final ManualTicker ticker = new ManualTicker();
    private final ManualExecutor compute = new ManualExecutor();
    private final ByteBudget budget = new ByteBudget(1 << 20);

    /** An attempt and how it ended. */
    private record Try(Attempt attempt, RecordedEnd end) {}

    private Lane lane(FakeModel model, int concurrency, int maxRows) {
        ModelArtifact artifact =
                Artifacts.in(directory).promising(FakeModel.SIGNATURE).holding(new byte[] {1});
        return new Lane(new Servable(artifact, model, maxRows, () -> {}), concurrency, 100, compute, ticker);
    }

    private Try submit(Lane lane, List<String> outputs, float... values) {
        RequestMemory memory = new RequestMemory(budget);
        memory.reserve(10);
        InferenceRequest request = new InferenceRequest(
                new RequestId("r"), List.of(Tensors.fp32("x", values)), outputs, values.length, memory);
        lane.servable().retain();
        RecordedEnd end = new RecordedEnd();
        Attempt attempt = new Attempt(request, ticker.nanos(), ticker.nanos() + PATIENCE.toNanos(), end);
        lane.submit(attempt);
        return new Try(attempt, end);
    }

    private Try submit(Lane lane, float... values) {
        return submit(lane, List.of(), values);
    }

    private static float[] answer(Try one) {
        return Tensors.floats(one.end().response().outputs().getFirst());
    }

    @Test
    void shouldAnswerAllThatWaitByOneCall() {
        FakeModel model = FakeModel.computing(ECHO);
        Lane lane = lane(model, 1, 32);
        Try one = submit(lane, 1);
        Try two = submit(lane, 2, 3);
        Try three = submit(lane, 4);

        compute.runAll();

        assertThat(model.runs()).isOne();
        assertThat(answer(one)).containsExactly(1);
        assertThat(answer(two)).containsExactly(2, 3);
        assertThat(answer(three)).containsExactly(4);
    }

    @Test
    void shouldGiveBackMemoryAndUsesOfAll() {
        Lane lane = lane(FakeModel.computing(ECHO), 1, 32);
        submit(lane, 1);
        submit(lane, 2);

        compute.runAll();

        assertThat(budget.reserved()).isZero();
        assertThat(lane.servable().holds()).isOne();
    }

    @Test
    void shouldTakeNoMoreRowsThanAllowed() {
        FakeModel model = FakeModel.computing(ECHO);
        Lane lane = lane(model, 1, 3);
        for (int i = 0; i < 7; i++) {
            submit(lane, i);
        }

        compute.runAll();

        assertThat(model.seen()).extracting(x -> x.shape().dimension(0)).containsExactly(3L, 3L, 1L);
    }

    @Test
    void shouldLeaveTheOtherThreadsTheirShare() {
        FakeModel model = FakeModel.computing(ECHO);
        Lane lane = lane(model, 2, 32);
        for (int i = 0; i < 6; i++) {
            submit(lane, i);
        }

        compute.runNext();

        assertThat(model.seen()).extracting(x -> x.shape().dimension(0)).containsExactly(3L);
    }

    /** Returns a lane of a version whose calls were short so far. */
    private Lane shortLane(FakeModel model, int maxRows) {
        Lane lane = lane(model, 2, maxRows);
        for (int i = 0; i < 100; i++) {
            submit(lane, i);
            compute.runAll();
        }
        return lane;
    }

    @Test
    void shouldMakeShortCallsOneAfterAnother() {
        FakeModel model = FakeModel.computing(ECHO);
        Lane lane = shortLane(model, 32);
        int before = model.runs();
        for (int i = 0; i < 6; i++) {
            submit(lane, i);
        }

        assertThat(compute.waiting()).isOne();
        compute.runAll();

        assertThat(model.runs()).isEqualTo(before + 1);
    }

    @Test
    void shouldMakeLongCallsBesideOneAnother() {
        Lane lane = lane(FakeModel.computing(ECHO), 2, 32);
        for (int i = 0; i < 6; i++) {
            submit(lane, i);
        }

        assertThat(compute.waiting()).isEqualTo(2);
    }

    @Test
    void shouldTakeAnotherThreadForMoreThanOneCallAnswers() {
        Lane lane = shortLane(FakeModel.computing(ECHO), 4);
        for (int i = 0; i < 4; i++) {
            submit(lane, i);
        }
        assertThat(compute.waiting()).isOne();

        submit(lane, 4);

        assertThat(compute.waiting()).isEqualTo(2);
    }

    @Test
    void shouldTakeAnotherThreadWhenOneWaitsForLong() {
        Lane lane = shortLane(FakeModel.computing(ECHO), 32);
        submit(lane, 1);
        submit(lane, 2);
        ticker.advance(Duration.ofMillis(6));

        submit(lane, 3);

        assertThat(compute.waiting()).isEqualTo(2);
    }

    @Test
    void shouldTakeAnotherThreadWhenACallOutlivesItsRequest() {
        AtomicReference<Runnable> during = new AtomicReference<>(() -> {});
        FakeModel model = FakeModel.computing(ECHO).duringRun(() -> during.get().run());
        Lane lane = shortLane(model, 32);
        Try hangs = submit(lane, 1);
        List<Integer> waiting = new ArrayList<>();
        during.set(() -> {
            during.set(() -> {});
            submit(lane, 2);
            waiting.add(compute.waiting());
            lane.expire(hangs.attempt());
            waiting.add(compute.waiting());
        });

        compute.runNext();

        assertThat(waiting).containsExactly(0, 1);
        compute.runAll();
        assertThat(budget.reserved()).isZero();
        assertThat(lane.servable().holds()).isOne();
    }

    @Test
    void shouldNotMixRequestsForOtherOutputs() {
        FakeModel model = FakeModel.computing(ECHO);
        Lane lane = lane(model, 1, 32);
        submit(lane, List.of(), 1);
        submit(lane, List.of("y"), 2);

        compute.runAll();

        assertThat(model.runs()).isEqualTo(2);
    }

    @Test
    void shouldRunEachAloneWhenTheyFailTogether() {
        FakeModel model = FakeModel.computing(x -> {
            for (float value : Tensors.floats(x)) {
                if (value == 2) {
                    throw FAILURE;
                }
            }
            return ECHO.apply(x);
        });
        Lane lane = lane(model, 1, 32);
        Try one = submit(lane, 1);
        Try two = submit(lane, 2);
        Try three = submit(lane, 3);

        compute.runAll();

        assertThat(answer(one)).containsExactly(1);
        assertThat(two.end().failure()).isSameAs(FAILURE);
        assertThat(answer(three)).containsExactly(3);
        assertThat(budget.reserved()).isZero();
        assertThat(lane.servable().maxBatchRows()).isEqualTo(32);
    }

    @Test
    void shouldNotTryAgainWithAModelThatFailsOnSeveralRequestsOnly() {
        FakeModel model = FakeModel.computing(x -> Tensors.fp32("y", Tensors.floats(x)[0]));
        Lane lane = lane(model, 1, 32);
        Try one = submit(lane, 1);
        Try two = submit(lane, 2);

        compute.runAll();

        assertThat(answer(one)).containsExactly(1);
        assertThat(answer(two)).containsExactly(2);
        assertThat(lane.servable().maxBatchRows()).isOne();
    }

    @Test
    void shouldLeaveOutWhatExpiredInTheQueue() {
        FakeModel model = FakeModel.computing(ECHO);
        Lane lane = lane(model, 1, 32);
        Try late = submit(lane, 1);
        ticker.advance(PATIENCE);
        Try one = submit(lane, 2);
        Try two = submit(lane, 3);

        compute.runAll();

        assertThat(late.end().failure().code()).isEqualTo(FailureCode.DEADLINE_EXCEEDED);
        assertThat(answer(one)).containsExactly(2);
        assertThat(answer(two)).containsExactly(3);
        assertThat(budget.reserved()).isZero();
    }

    @Test
    void shouldGoOnAsLongAsSomebodyWaits() {
        AtomicReference<Runnable> during = new AtomicReference<>(() -> {});
        FakeModel model = FakeModel.computing(ECHO).duringRun(() -> during.get().run());
        Lane lane = lane(model, 1, 32);
        Try one = submit(lane, 1);
        Try two = submit(lane, 2);
        during.set(() -> lane.cancel(one.attempt()));

        compute.runAll();

        assertThat(model.wasStopped()).isFalse();
        assertThat(one.end().failure().code()).isEqualTo(FailureCode.CANCELLED);
        assertThat(answer(two)).containsExactly(2);
    }

    @Test
    void shouldStopTheCallWhenNobodyWaitsAnyMore() {
        AtomicReference<Runnable> during = new AtomicReference<>(() -> {});
        FakeModel model = FakeModel.computing(ECHO).duringRun(() -> during.get().run());
        Lane lane = lane(model, 1, 32);
        Try one = submit(lane, 1);
        Try two = submit(lane, 2);
        during.set(() -> {
            lane.cancel(one.attempt());
            lane.expire(two.attempt());
        });

        compute.runAll();

        assertThat(model.wasStopped()).isTrue();
        assertThat(model.runs()).isOne();
        assertThat(new ArrayList<>(List.of(one, two)))
                .allMatch(each -> each.end().ends() == 1);
        assertThat(budget.reserved()).isZero();
    }

    @Test
    void shouldRunEachAloneWhenThereIsNoMemoryToJoinThem() {
        ByteBudget full = new ByteBudget(20);
        FakeModel model = FakeModel.computing(ECHO);
        Lane lane = lane(model, 1, 32);
        List<RecordedEnd> ends = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            RequestMemory memory = new RequestMemory(full);
            memory.reserve(10);
            InferenceRequest request =
                    new InferenceRequest(new RequestId("r"), List.of(Tensors.fp32("x", i)), List.of(), 1, memory);
            lane.servable().retain();
            RecordedEnd end = new RecordedEnd();
            lane.submit(new Attempt(request, ticker.nanos(), ticker.nanos() + PATIENCE.toNanos(), end));
            ends.add(end);
        }

        compute.runAll();

        assertThat(ends).allMatch(end -> end.response() != null);
        assertThat(full.reserved()).isZero();
        assertThat(lane.servable().maxBatchRows()).isEqualTo(32);
    }

    @Test
    void shouldCountOneExecutionForAll() {
        Lane lane = lane(FakeModel.computing(ECHO), 1, 32);
        submit(lane, 1);
        submit(lane, 2);

        compute.runAll();

        assertThat(lane.servable().statistics().snapshot().executions()).isOne();
    }
}
