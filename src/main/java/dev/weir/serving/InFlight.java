package dev.weir.serving;

import dev.weir.telemetry.Meters;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The requests between their headers and their answer; lets a shutdown wait for the last of them. Thread-safe. */
@Singleton
public class InFlight {

    private final AtomicInteger count = new AtomicInteger();
    private final Semaphore empty = new Semaphore(0);
    private volatile boolean awaited;

    /** Starts to count. */
    @Inject
    public InFlight(MeterRegistry meters) {
        Meters.IN_FLIGHT.gauge(meters, count, AtomicInteger::get);
    }

    /** Counts a request in. */
    public void enter() {
        count.incrementAndGet();
    }

    /** Counts a request out. */
    public void leave() {
        if (count.decrementAndGet() == 0 && awaited) {
            empty.release();
        }
    }

    /** Returns how many there are. */
    public int count() {
        return count.get();
    }

    /**
     * Waits until there is none.
     *
     * @return false when the time passed first
     */
    boolean awaitNone(Duration patience) throws InterruptedException {
        awaited = true;
        long deadline = System.nanoTime() + patience.toNanos();
        while (count.get() > 0) {
            long left = deadline - System.nanoTime();
            if (left <= 0 || !empty.tryAcquire(left, TimeUnit.NANOSECONDS)) {
                return count.get() == 0;
            }
        }
        return true;
    }
}
