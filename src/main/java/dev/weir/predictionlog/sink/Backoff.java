package dev.weir.predictionlog.sink;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** Pauses that double from failure to failure up to a cap, each cut at random by up to a half. Not thread-safe. */
final class Backoff {

    private final Duration first;
    private final Duration cap;
    private final RandomGenerator random;
    private int failures;

    Backoff(Duration first, Duration cap, RandomGenerator random) {
        this.first = first;
        this.cap = cap;
        this.random = random;
    }

    /** Returns the pause after one more failure. */
    Duration next() {
        int doublings = Math.min(failures, 30);
        failures++;
        long whole = Math.min(cap.toNanos(), saturated(first.toNanos(), 1L << doublings));
        return Duration.ofNanos(whole - (long) (random.nextDouble() * (whole / 2.0)));
    }

    private static long saturated(long nanos, long times) {
        return nanos > Long.MAX_VALUE / times ? Long.MAX_VALUE : nanos * times;
    }

    /** Forgets the failures. */
    void reset() {
        failures = 0;
    }
}
