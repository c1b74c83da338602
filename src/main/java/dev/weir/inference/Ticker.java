package dev.weir.inference;

/** A monotonic clock for durations; never for dates. */
@FunctionalInterface
public interface Ticker {

    /** Returns nanoseconds since an arbitrary origin, as {@link System#nanoTime}. */
    long nanos();
}
