package dev.weir.servable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.fixture.Tensors;
import dev.weir.inference.DataType;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorSpec;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every {@link ModelFormat} must do. A format's test extends this and provides three models of its format.
 *
 * <p>All models are small; none needs hardware beyond a processor.
 */
@Timeout(180)
public abstract class ModelFormatContract {

    private static final List<String> BOTH = List.of("scores", "label");

    /** An empty directory. */
    @TempDir
    protected Path directory;

    /** Returns the format. */
    protected abstract ModelFormat format();

    /**
     * Puts a linear model into a directory. It takes {@code features}, FP32 {@code [-1, 3]}, and gives, in this order,
     * {@code scores}, FP32 {@code [-1, 2]}, which are {@code (a + c, b - c)} for a row {@code (a, b, c)}, and
     * {@code label}, INT64 {@code [-1]}, the index of the higher score. The manifest's file is the model.
     */
    protected abstract ModelArtifact linear(Path directory);

    /**
     * Puts a model into a directory that takes {@code index}, INT64 {@code [-1]}, gives {@code found} and fails when an
     * index is above 100.
     */
    protected abstract ModelArtifact lookup(Path directory);

    /** Puts a model into a directory that takes {@code iterations}, INT64 {@code [1]}, and a time proportional to it. */
    protected abstract ModelArtifact slow(Path directory);

    private static Tensor.Fixed features(float... rows) {
        return Tensors.fp32("features", new long[] {rows.length / 3, 3}, rows);
    }

    private static ModelRun run(LoadedModel model, List<String> outputs, Tensor... inputs) {
        return model.run(List.of(inputs), outputs, new Cancellation());
    }

    @Test
    void shouldReadTheInputsFromTheFile() {
        try (LoadedModel model = format().load(linear(directory))) {
            assertThat(model.signature().inputs())
                    .extracting(TensorSpec::name, TensorSpec::datatype, TensorSpec::shape)
                    .containsExactly(tuple("features", DataType.FP32, ShapePattern.of(-1, 3)));
        }
    }

    @Test
    void shouldReadTheOutputsFromTheFile() {
        try (LoadedModel model = format().load(linear(directory))) {
            assertThat(model.signature().outputs())
                    .extracting(TensorSpec::name, TensorSpec::datatype, TensorSpec::shape)
                    .containsExactly(
                            tuple("scores", DataType.FP32, ShapePattern.of(-1, 2)),
                            tuple("label", DataType.INT64, ShapePattern.of(-1)));
        }
    }

    @Test
    void shouldNameItsPlatformAndRuntime() {
        try (LoadedModel model = format().load(linear(directory))) {
            assertThat(List.of(model.platform(), model.runtime())).noneMatch(String::isBlank);
        }
    }

    @Test
    void shouldComputeWhatTheModelComputes() {
        try (LoadedModel model = format().load(linear(directory))) {
            List<Tensor> outputs = run(model, BOTH, features(1, 2, 3, 7, 5, -1)).outputs();

            assertThat(Tensors.floats(outputs.get(0))).containsExactly(4, -1, 6, 6);
            assertThat(Tensors.longs(outputs.get(1))).containsExactly(0, 0);
        }
    }

    @Test
    void shouldGiveOutputsInTheWantedOrder() {
        try (LoadedModel model = format().load(linear(directory))) {
            List<Tensor> outputs =
                    run(model, List.of("label", "scores"), features(1, 2, 3)).outputs();

            assertThat(outputs).extracting(Tensor::name).containsExactly("label", "scores");
            assertThat(Tensors.longs(outputs.getFirst())).containsExactly(0);
        }
    }

    @Test
    void shouldGiveOnlyTheWantedOutputs() {
        try (LoadedModel model = format().load(linear(directory))) {
            assertThat(run(model, List.of("label"), features(1, 2, 3)).outputs())
                    .extracting(Tensor::name)
                    .containsExactly("label");
        }
    }

    @Test
    void shouldAnswerABatchWithoutRows() {
        try (LoadedModel model = format().load(linear(directory))) {
            assertThat(run(model, BOTH, features()).outputs())
                    .extracting(output -> output.shape().toArray())
                    .containsExactly(new long[] {0, 2}, new long[] {0});
        }
    }

    @Test
    void shouldSayWhereTheTimeWent() {
        try (LoadedModel model = format().load(linear(directory))) {
            ModelRun run = run(model, BOTH, features(1, 2, 3));

            assertThat(List.of(run.inputNanos(), run.computeNanos(), run.outputNanos()))
                    .allMatch(nanos -> nanos > 0 && nanos < 60_000_000_000L);
        }
    }

    @Test
    void shouldNotReadTheInputsMemoryAfterwards() {
        try (LoadedModel model = format().load(linear(directory))) {
            Tensor.Fixed input = features(1, 2, 3);
            List<Tensor> outputs = run(model, BOTH, input).outputs();

            for (int i = 0; i < 3; i++) {
                input.data().putFloat(i * Float.BYTES, Float.NaN);
            }

            assertThat(Tensors.floats(outputs.getFirst())).containsExactly(4, -1);
        }
    }

    @Test
    void shouldGiveOutputsOnTheHeap() {
        try (LoadedModel model = format().load(linear(directory))) {
            assertThat(run(model, BOTH, features(1, 2, 3)).outputs())
                    .allMatch(output -> !((Tensor.Fixed) output).data().isDirect());
        }
    }

    @Test
    void shouldComputeTheSameOnManyThreads() throws Exception {
        int threads = 8;
        int runs = 200;
        CountDownLatch start = new CountDownLatch(1);
        try (LoadedModel model = format().load(linear(directory));
                ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<Boolean>> results = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int thread = t;
                Callable<Boolean> work = () -> {
                    start.await();
                    boolean right = true;
                    for (int i = 0; i < runs; i++) {
                        List<Tensor> outputs =
                                run(model, BOTH, features(thread, i, 1)).outputs();
                        float[] scores = Tensors.floats(outputs.getFirst());
                        right &= scores[0] == thread + 1 && scores[1] == i - 1;
                    }
                    return right;
                };
                results.add(executor.submit(work));
            }
            start.countDown();

            for (Future<Boolean> result : results) {
                assertThat(result.get()).isTrue();
            }
        }
    }

    @Test
    void shouldFailWithACodeWhenTheModelFails() {
        try (LoadedModel model = format().load(lookup(directory))) {
            assertThatThrownBy(() -> run(model, List.of("found"), Tensors.int64("index", 101)))
                    .isInstanceOfSatisfying(PredictionFailed.class, failure -> assertThat(failure.code())
                            .isEqualTo(FailureCode.EXECUTION_FAILED));
        }
    }

    @Test
    void shouldKeepTheRuntimesWordsOutOfAFailuresPublicMessage() {
        try (LoadedModel model = format().load(lookup(directory))) {
            PredictionFailed failure = catchThrowableOfType(
                    PredictionFailed.class, () -> run(model, List.of("found"), Tensors.int64("index", 101)));

            assertThat(failure.getCause()).isNotNull();
            assertThat(failure.publicMessage()).isEqualTo("the model failed on this request");
        }
    }

    @Test
    void shouldStillAnswerAfterAFailure() {
        try (LoadedModel model = format().load(lookup(directory))) {
            assertThatThrownBy(() -> run(model, List.of("found"), Tensors.int64("index", 101)))
                    .isInstanceOf(PredictionFailed.class);

            assertThat(run(model, List.of("found"), Tensors.int64("index", 0)).outputs())
                    .hasSize(1);
        }
    }

    @Test
    void shouldStopWhenCancelled() throws Exception {
        Cancellation cancellation = new Cancellation();
        try (LoadedModel model = format().load(slow(directory));
                ExecutorService executor = Executors.newSingleThreadExecutor()) {
            Future<PredictionFailed> ended = executor.submit(() -> catchThrowableOfType(
                    PredictionFailed.class,
                    () -> model.run(
                            List.of(Tensors.int64("iterations", Integer.MAX_VALUE)), List.of("y"), cancellation)));

            cancellation.cancel();

            assertThat(ended.get().code()).isEqualTo(FailureCode.CANCELLED);
        }
    }

    @Test
    void shouldNotComputeWhatWasCancelledBefore() {
        Cancellation cancellation = new Cancellation();
        cancellation.cancel();
        try (LoadedModel model = format().load(slow(directory))) {
            assertThatThrownBy(() -> model.run(
                            List.of(Tensors.int64("iterations", Integer.MAX_VALUE)), List.of("y"), cancellation))
                    .isInstanceOfSatisfying(PredictionFailed.class, failure -> assertThat(failure.code())
                            .isEqualTo(FailureCode.CANCELLED));
        }
    }

    @Test
    void shouldAnswerOthersAfterACancellation() {
        Cancellation cancellation = new Cancellation();
        cancellation.cancel();
        try (LoadedModel model = format().load(slow(directory))) {
            assertThatThrownBy(() -> model.run(List.of(Tensors.int64("iterations", 1)), List.of("y"), cancellation))
                    .isInstanceOf(PredictionFailed.class);

            assertThat(run(model, List.of("y"), Tensors.int64("iterations", 1)).outputs())
                    .hasSize(1);
        }
    }

    @Test
    void shouldRefuseAFileThatIsNoModel() throws Exception {
        ModelArtifact artifact = linear(directory);
        Files.writeString(artifact.model(), "this is no model");

        assertThatThrownBy(() -> format().load(artifact)).isInstanceOf(ArtifactRejected.class);
    }

    @Test
    void shouldRefuseATruncatedModel() throws Exception {
        ModelArtifact artifact = linear(directory);
        byte[] whole = Files.readAllBytes(artifact.model());
        Files.write(artifact.model(), Arrays.copyOf(whole, whole.length / 2));

        assertThatThrownBy(() -> format().load(artifact)).isInstanceOf(ArtifactRejected.class);
    }

    @Test
    void shouldRefuseAMissingModel() throws Exception {
        ModelArtifact artifact = linear(directory);
        Files.delete(artifact.model());

        assertThatThrownBy(() -> format().load(artifact)).isInstanceOf(ArtifactRejected.class);
    }

    @Test
    void shouldKeepPathsAndTheRuntimesWordsOutOfARefusalsPublicMessage() throws Exception {
        ModelArtifact artifact = linear(directory);
        Files.writeString(artifact.model(), "this is no model");

        ArtifactRejected refusal = catchThrowableOfType(ArtifactRejected.class, () -> format().load(artifact));

        assertThat(refusal.getCause()).isNotNull();
        assertThat(refusal.publicMessage())
                .doesNotContain(directory.toString())
                .doesNotContain(refusal.getCause().getMessage())
                .doesNotContain("Exception");
    }

    @Test
    void shouldNotRunOnceClosed() {
        LoadedModel model = format().load(linear(directory));
        model.close();

        assertThatThrownBy(() -> run(model, BOTH, features(1, 2, 3))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldFinishARunThatACloseMeets() {
        LoadedModel model = format().load(slow(directory));
        try (EndlessRun run = new EndlessRun(model)) {
            model.close();
            model.close();

            assertThatThrownBy(() -> run(model, List.of("y"), Tensors.int64("iterations", 1)))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(run.stop()).isEqualTo(FailureCode.CANCELLED);
        }
    }

    @Test
    void shouldFinishARunWhoseUseIsGivenBackOnceTooOften() {
        ModelArtifact artifact = slow(directory);
        LoadedModel model = format().load(artifact);
        Servable servable = new Servable(artifact, model, () -> {});
        servable.retain();
        try (EndlessRun run = new EndlessRun(model)) {
            servable.release();
            servable.drain();

            assertThat(servable.retain()).isFalse();
            assertThat(run.stop()).isEqualTo(FailureCode.CANCELLED);
        }
    }

    @Test
    void shouldCloseOnlyOnce() {
        LoadedModel model = format().load(linear(directory));
        model.close();

        assertThatCode(model::close).doesNotThrowAnyException();
    }

    /** A run that ends only when it is stopped, and is in the runtime once this is made. */
    private static final class EndlessRun implements AutoCloseable {

        private static final long BUSY_NANOS = 200_000_000;

        private final Cancellation cancellation = new Cancellation();
        private final ExecutorService executor = Executors.newSingleThreadExecutor();
        private final Future<PredictionFailed> end;

        EndlessRun(LoadedModel model) {
            AtomicLong thread = new AtomicLong();
            end = executor.submit(() -> {
                thread.set(Thread.currentThread().threadId());
                return catchThrowableOfType(
                        PredictionFailed.class,
                        () -> model.run(
                                List.of(Tensors.int64("iterations", Integer.MAX_VALUE)), List.of("y"), cancellation));
            });
            await().until(() -> thread.get() > 0
                    && ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.get()) > BUSY_NANOS);
        }

        FailureCode stop() {
            cancellation.cancel();
            try {
                return end.get().code();
            } catch (InterruptedException | ExecutionException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void close() {
            cancellation.cancel();
            executor.close();
        }
    }
}
