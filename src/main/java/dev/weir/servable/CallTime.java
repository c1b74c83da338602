package dev.weir.servable;

/**
 * About how long the native calls of a version take; newer ones count for more. A call may be many times longer because its
 * thread had to wait for a processor, so long ones count as no more than a few short ones.
 *
 * <p>Thread-safe; of two updates at the same time one may be lost, which changes nothing that matters.
 */
final class CallTime {

    /** Shorter calls take no longer than to wake another thread for them. */
    static final long SHORT_NANOS = 100_000;

    private static final long MOST_NANOS = 4 * SHORT_NANOS;
    private static final int MEMORY = 16;

    private volatile long nanos = MOST_NANOS;

    /** Notes a call. */
    void add(long took) {
        long before = nanos;
        nanos = before + (Math.min(took, MOST_NANOS) - before) / MEMORY;
    }

    /** Says whether calls are short. */
    boolean isShort() {
        return nanos < SHORT_NANOS;
    }
}
