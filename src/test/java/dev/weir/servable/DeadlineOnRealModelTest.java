package dev.weir.servable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.failure.FailureCode;
import dev.weir.fixture.Artifacts;
import dev.weir.fixture.ForwardingModel;
import dev.weir.fixture.RecordedEnd;
import dev.weir.fixture.Tensors;
import dev.weir.format.OnnxFormat;
import dev.weir.inference.ByteBudget;
import dev.weir.inference.DataType;
import dev.weir.inference.InferenceRequest;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.RequestId;
import dev.weir.inference.RequestMemory;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A native call that would take minutes, and what a deadline does to it. */
@Timeout(180)
class DeadlineOnRealModelTest {

    private static final long MINUTE = 60_000_000_000L;

    @TempDir
    Path directory;

    private final ByteBudget budget = new ByteBudget(1_000);
    private final ComputePool pool = new ComputePool(1, 10_000);
    private final CountDownLatch running = new CountDownLatch(1);
    private Servable servable;
    private Lane lane;

    @BeforeEach
    void load() {
        ModelArtifact artifact = Artifacts.in(directory)
                .promising(new ModelSignature(
                        List.of(TensorSpec.of("iterations", DataType.INT64, 1)),
                        List.of(TensorSpec.of("y", DataType.FP32, 1)),
                        false))
                .holding("slow");
        LoadedModel model = new ForwardingModel(new OnnxFormat().load(artifact)) {
            @Override
            public ModelRun run(List<Tensor> inputs, List<String> outputs, Cancellation cancellation) {
                running.countDown();
                return super.run(inputs, outputs, cancellation);
            }
        };
        servable = new Servable(artifact, model, () -> {});
        lane = new Lane(servable, 1, 10, pool, System::nanoTime);
    }

    @AfterEach
    void stop() {
        pool.close();
    }

    private Attempt submit(long iterations, RecordedEnd end) {
        RequestMemory memory = new RequestMemory(budget);
        memory.reserve(100);
        InferenceRequest request = new InferenceRequest(
                new RequestId("r"), List.of(Tensors.int64("iterations", iterations)), List.of(), 1, memory);
        long now = System.nanoTime();
        servable.retain();
        Attempt attempt = new Attempt(request, now, now + MINUTE, end);
        lane.submit(attempt);
        return attempt;
    }

    @Test
    void shouldAnswerAtOnceAndStopTheNativeCallSoonAfter() throws Exception {
        RecordedEnd end = new RecordedEnd();
        Attempt attempt = submit(Integer.MAX_VALUE, end);
        running.await();

        lane.expire(attempt);

        assertThat(end.code()).isEqualTo(FailureCode.DEADLINE_EXCEEDED);
        await().untilAsserted(() -> {
            assertThat(servable.holds()).isOne();
            assertThat(budget.reserved()).isZero();
        });
        assertThat(end.ends()).isOne();
    }

    @Test
    void shouldServeTheNextOnceTheNativeCallIsStopped() {
        RecordedEnd slow = new RecordedEnd();
        Attempt attempt = submit(Integer.MAX_VALUE, slow);
        RecordedEnd next = new RecordedEnd();
        submit(1, next);

        lane.expire(attempt);
        next.await();

        assertThat(next.response()).isNotNull();
    }

    @Test
    void shouldCloseADrainedModelOnceItsSlowRunWasCancelled() throws Exception {
        RecordedEnd end = new RecordedEnd();
        Attempt attempt = submit(Integer.MAX_VALUE, end);
        running.await();

        servable.drain();
        lane.cancel(attempt);

        await().untilAsserted(() -> assertThat(servable.holds()).isZero());
        assertThat(end.code()).isEqualTo(FailureCode.CANCELLED);
        assertThat(servable.retain()).isFalse();
    }
}
