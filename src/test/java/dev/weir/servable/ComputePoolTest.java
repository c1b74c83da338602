package dev.weir.servable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.fixture.FixedComputeConfig;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ComputePoolTest {

    private static ComputeConfig config(OptionalInt threads) {
        return new FixedComputeConfig(threads, Duration.ofSeconds(1), 0, 1);
    }

    @Test
    void shouldHaveAsManyThreadsAsItIsTold() {
        ComputePool pool = new ComputePool(config(OptionalInt.of(3)));

        assertThat(pool.threads()).isEqualTo(3);
        pool.close();
    }

    @Test
    void shouldHaveAThreadPerCoreByDefault() {
        ComputePool pool = new ComputePool(config(OptionalInt.empty()));

        assertThat(pool.threads()).isEqualTo(Runtime.getRuntime().availableProcessors());
        pool.close();
    }

    @Test
    void shouldRunTasksOnThreadsOfItsOwn() throws Exception {
        ComputePool pool = new ComputePool(1, 1_000);
        CountDownLatch ran = new CountDownLatch(1);
        StringBuffer name = new StringBuffer();

        pool.execute(() -> {
            name.append(Thread.currentThread().getName());
            ran.countDown();
        });

        assertThat(ran.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(name).startsWith("weir-compute-");
        pool.close();
    }

    @Test
    void shouldTakeNothingOnceClosed() {
        ComputePool pool = new ComputePool(1, 1_000);
        pool.close();

        assertThatThrownBy(() -> pool.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void shouldFinishWhatItTookBeforeItCloses() {
        ComputePool pool = new ComputePool(1, 10_000);
        AtomicInteger finished = new AtomicInteger();
        for (int i = 0; i < 100; i++) {
            pool.execute(finished::incrementAndGet);
        }

        pool.close();

        assertThat(finished).hasValue(100);
    }

    @Test
    void shouldNotWaitForeverForATaskThatHangs() {
        ComputePool pool = new ComputePool(1, 1);
        CountDownLatch never = new CountDownLatch(1);
        AtomicBoolean finished = new AtomicBoolean();
        pool.execute(() -> {
            try {
                finished.set(never.await(60, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                throw new AssertionError("must not be interrupted", e);
            }
        });

        pool.close();

        assertThat(finished).isFalse();
        never.countDown();
    }
}
