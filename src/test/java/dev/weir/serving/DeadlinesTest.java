package dev.weir.serving;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeadlinesTest {

    private static final long SHORT = Duration.ofMillis(1).toNanos();

    private final Deadlines deadlines = new Deadlines();
    private final AtomicInteger woken = new AtomicInteger();

    @AfterEach
    void stop() {
        deadlines.stop();
    }

    /** Waits until the wheel has turned past everything that was due before. */
    private void turn() throws InterruptedException {
        CountDownLatch later = new CountDownLatch(1);
        new Deadlines.Timer().start(deadlines, Duration.ofMillis(30).toNanos(), later::countDown);
        assertThat(later.await(60, TimeUnit.SECONDS)).isTrue();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shouldWakeWhoseTimeIsOver() throws InterruptedException {
        new Deadlines.Timer().start(deadlines, SHORT, woken::incrementAndGet);
        turn();

        assertThat(woken).hasValue(1);
    }

    @Test
    void shouldWakeWhoseTimeWasOverBefore() throws InterruptedException {
        new Deadlines.Timer().start(deadlines, -1, woken::incrementAndGet);
        turn();

        assertThat(woken).hasValue(1);
    }

    @Test
    void shouldNotWakeWhoIsDone() throws InterruptedException {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        new Deadlines.Timer().start(deadlines, 0, () -> {
            held.countDown();
            await(done);
        });
        await(held); // The wheel stands still until this request is done.
        Deadlines.Timer timer = new Deadlines.Timer();
        timer.start(deadlines, SHORT, woken::incrementAndGet);
        timer.cancel();
        done.countDown();
        turn();

        assertThat(woken).hasValue(0);
    }

    @Test
    void shouldNotStartForWhoWasDoneBefore() throws InterruptedException {
        Deadlines.Timer timer = new Deadlines.Timer();
        timer.cancel();
        timer.start(deadlines, SHORT, woken::incrementAndGet);
        turn();

        assertThat(woken).hasValue(0);
    }
}
