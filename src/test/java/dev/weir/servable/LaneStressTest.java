package dev.weir.servable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.Artifacts;
import dev.weir.fixture.FakeModel;
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
import dev.weir.inference.Shape;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorSpec;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many threads, little time: what holds for one attempt must hold for thousands that get in each other's way. */
@Timeout(180)
class LaneStressTest {

    private static final long MINUTE = 60_000_000_000L;

    @TempDir
    Path directory;

    private final ByteBudget budget = new ByteBudget(64 << 20);

    /** An attempt and how it ended. */
    private record Try(Attempt attempt, RecordedEnd end) {}

    private Try attempt(Servable servable, Tensor input, RequestMemory memory, long patienceNanos) {
        InferenceRequest request = new InferenceRequest(new RequestId("r"), List.of(input), List.of(), 1, memory);
        RecordedEnd end = new RecordedEnd();
        long now = System.nanoTime();
        assertThat(servable.retain()).isTrue();
        return new Try(new Attempt(request, now, now + patienceNanos, end), end);
    }

    private Try attempt(Servable servable, long patienceNanos) {
        RequestMemory memory = new RequestMemory(budget);
        memory.reserve(1_000);
        return attempt(servable, Tensors.fp32("x", 1), memory, patienceNanos);
    }

    private Servable fake(FakeModel model) {
        return fake(model, 1);
    }

    private Servable fake(FakeModel model, int maxBatchRows) {
        return new Servable(
                Artifacts.in(directory).promising(FakeModel.SIGNATURE).holding(new byte[] {1}),
                model,
                maxBatchRows,
                () -> {});
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void shouldEndEveryAttemptOnceWhateverHappensToIt(long seed) throws Exception {
        int submitters = 3;
        int perSubmitter = 2_000;
        int concurrency = 2;
        FakeModel model = FakeModel.echo().duringRun(() -> LockSupport.parkNanos(1_000));
        Servable servable = fake(model, seed > 2 ? 8 : 1);
        ComputePool pool = new ComputePool(3, 10_000);
        Lane lane = new Lane(servable, concurrency, 50, pool, System::nanoTime);
        ConcurrentLinkedQueue<Try> all = new ConcurrentLinkedQueue<>();
        CountDownLatch start = new CountDownLatch(1);
        try (ExecutorService callers = Executors.newFixedThreadPool(submitters)) {
            List<Future<?>> done = new ArrayList<>();
            for (int s = 0; s < submitters; s++) {
                Random random = new Random(seed * 31 + s);
                done.add(callers.submit(() -> {
                    start.await();
                    for (int i = 0; i < perSubmitter; i++) {
                        all.add(meddle(lane, random));
                    }
                    return null;
                }));
            }
            start.countDown();
            for (Future<?> each : done) {
                each.get();
            }
        }
        all.forEach(each -> each.end().await());
        pool.close();

        assertThat(all)
                .hasSize(submitters * perSubmitter)
                .allMatch(each -> each.end().ends() == 1);
        assertThat(model.peak()).isLessThanOrEqualTo(concurrency);
        assertThat(budget.reserved()).isZero();
        assertThat(servable.holds()).isOne();
        assertThat(lane.depth()).isZero();
    }

    /** Submits an attempt and, as luck has it, expires or cancels it before, at once, or a little later. */
    private Try meddle(Lane lane, Random random) {
        Try one = attempt(lane.servable(), random.nextInt(4) == 0 ? random.nextInt(100_000) : MINUTE);
        if (random.nextInt(10) == 0) {
            lane.expire(one.attempt());
        }
        lane.submit(one.attempt());
        switch (random.nextInt(6)) {
            case 0 -> lane.expire(one.attempt());
            case 1 -> lane.cancel(one.attempt());
            case 2 -> {
                LockSupport.parkNanos(random.nextInt(20_000));
                lane.cancel(one.attempt());
                lane.expire(one.attempt());
            }
            default -> {}
        }
        return one;
    }

    @Test
    void shouldEndEveryAttemptOnceWhenTheThreadsGoAwayMeanwhile() throws Exception {
        for (int round = 0; round < 20; round++) {
            Servable servable = fake(FakeModel.echo());
            ComputePool pool = new ComputePool(2, 10_000);
            Lane lane = new Lane(servable, 2, 100, pool, System::nanoTime);
            List<Try> all = new ArrayList<>();
            Thread closing = Thread.ofPlatform().unstarted(pool::close);
            for (int i = 0; i < 200; i++) {
                if (i == 50) {
                    closing.start();
                }
                Try one = attempt(servable, MINUTE);
                lane.submit(one.attempt());
                all.add(one);
            }
            closing.join();
            all.forEach(each -> each.end().await());

            assertThat(all).allMatch(each -> each.end().ends() == 1);
            assertThat(budget.reserved()).isZero();
            assertThat(servable.holds()).isOne();
        }
    }

    @Test
    void shouldSurviveARealModelBeingDrainedInTheMiddleOfItsRuns() throws Exception {
        int rounds = 12;
        int callers = 3;
        OnnxFormat format = new OnnxFormat();
        AtomicInteger answered = new AtomicInteger();
        for (int round = 0; round < rounds; round++) {
            CountingModel model = new CountingModel(format.load(linear()));
            Servable servable = new Servable(linear(), model, round % 2 == 0 ? 1 : 32, () -> {});
            ComputePool pool = new ComputePool(2, 10_000);
            Lane lane = new Lane(servable, 2, 1_000, pool, System::nanoTime);
            ConcurrentLinkedQueue<Try> all = new ConcurrentLinkedQueue<>();
            Semaphore untilDrain = new Semaphore(-300 - 20 * round);
            try (ExecutorService executor = Executors.newFixedThreadPool(callers)) {
                List<Future<?>> done = new ArrayList<>();
                for (int c = 0; c < callers; c++) {
                    done.add(executor.submit(() -> callUntilClosed(lane, all, untilDrain)));
                }
                untilDrain.acquire();
                servable.drain();
                for (Future<?> each : done) {
                    each.get();
                }
            }
            all.forEach(each -> each.end().await());
            pool.close();

            assertThat(all).allMatch(each -> each.end().ends() == 1);
            assertThat(model.closes).hasValue(1);
            assertThat(model.runsWhenClosed).isEqualTo(model.runs.get());
            assertThat(servable.retain()).isFalse();
            assertThat(servable.holds()).isZero();
            assertThat(budget.reserved()).isZero();
            answered.addAndGet((int)
                    all.stream().filter(each -> each.end().response() != null).count());
        }
        assertThat(answered.get()).isGreaterThan(3_000);
    }

    @Test
    void shouldGiveEachRequestItsOwnAnswerWhenCallsAreShared() throws Exception {
        int callers = 4;
        int perCaller = 3_000;
        LoadedModel model = new OnnxFormat().load(linear());
        Servable servable = new Servable(linear(), model, 32, () -> {});
        ComputePool pool = new ComputePool(2, 10_000);
        Lane lane = new Lane(servable, 1, 1_000, pool, System::nanoTime);
        AtomicInteger wrong = new AtomicInteger();
        try (ExecutorService executor = Executors.newFixedThreadPool(callers)) {
            List<Future<?>> done = new ArrayList<>();
            for (int c = 0; c < callers; c++) {
                int caller = c;
                done.add(executor.submit(() -> {
                    for (int i = 0; i < perCaller; i += 10) {
                        List<Try> burst = new ArrayList<>();
                        for (int j = 0; j < 10; j++) {
                            burst.add(call(lane, caller * perCaller + i + j));
                        }
                        for (int j = 0; j < 10; j++) {
                            if (!isAnswerTo(model, caller * perCaller + i + j, burst.get(j))) {
                                wrong.incrementAndGet();
                            }
                        }
                    }
                }));
            }
            for (Future<?> each : done) {
                each.get();
            }
        }
        pool.close();

        assertThat(wrong).hasValue(0);
        assertThat(servable.statistics().snapshot().executions()).isLessThan((long) callers * perCaller);
        assertThat(budget.reserved()).isZero();
        servable.drain();
    }

    private Try call(Lane lane, int number) {
        RequestMemory memory = new RequestMemory(budget);
        ByteBuffer data = memory.allocate(3 * Float.BYTES);
        data.asFloatBuffer().put(features(number));
        Try one = attempt(
                lane.servable(), new Tensor.Fixed("features", DataType.FP32, Shape.of(1, 3), data), memory, MINUTE);
        lane.submit(one.attempt());
        return one;
    }

    private static float[] features(int number) {
        return new float[] {number, number % 7, number % 11};
    }

    private static boolean isAnswerTo(LoadedModel model, int number, Try one) {
        one.end().await();
        Tensor alone = model.run(
                        List.of(Tensors.fp32("features", new long[] {1, 3}, features(number))),
                        List.of("scores"),
                        new Cancellation())
                .outputs()
                .getFirst();
        float[] expected = Tensors.floats(alone);
        float[] actual = Tensors.floats(one.end().response().outputs().getFirst());
        for (int i = 0; i < expected.length; i++) {
            if (Math.abs(expected[i] - actual[i]) > 1e-5 * Math.max(1, Math.abs(expected[i]))) {
                return false;
            }
        }
        return expected.length == actual.length;
    }

    private void callUntilClosed(Lane lane, ConcurrentLinkedQueue<Try> all, Semaphore untilDrain) {
        while (lane.servable().retain()) {
            RequestMemory memory = new RequestMemory(budget);
            ByteBuffer data = memory.allocate(3 * Float.BYTES);
            data.asFloatBuffer().put(new float[] {1, 2, 3});
            Tensor features = new Tensor.Fixed("features", DataType.FP32, Shape.of(1, 3), data);
            InferenceRequest request =
                    new InferenceRequest(new RequestId("r"), List.of(features), List.of(), 1, memory);
            RecordedEnd end = new RecordedEnd();
            long now = System.nanoTime();
            Try one = new Try(new Attempt(request, now, now + MINUTE, end), end);
            all.add(one);
            lane.submit(one.attempt());
            untilDrain.release();
            if (all.size() % 7 == 0) {
                lane.cancel(one.attempt());
            } else {
                one.end().await();
            }
        }
    }

    private ModelArtifact linear() {
        return Artifacts.in(directory)
                .promising(new ModelSignature(
                        List.of(TensorSpec.of("features", DataType.FP32, -1, 3)),
                        List.of(
                                TensorSpec.of("scores", DataType.FP32, -1, 2),
                                TensorSpec.of("label", DataType.INT64, -1)),
                        true))
                .holding("linear");
    }

    /** Counts what is done to a real model. */
    private static final class CountingModel extends ForwardingModel {
        private final AtomicInteger runs = new AtomicInteger();
        private final AtomicInteger closes = new AtomicInteger();
        private volatile int runsWhenClosed;

        CountingModel(LoadedModel real) {
            super(real);
        }

        @Override
        public ModelRun run(List<Tensor> inputs, List<String> outputs, Cancellation cancellation) {
            try {
                return super.run(inputs, outputs, cancellation);
            } finally {
                runs.incrementAndGet();
            }
        }

        @Override
        public void close() {
            runsWhenClosed = runs.get();
            closes.incrementAndGet();
            super.close();
        }
    }
}
