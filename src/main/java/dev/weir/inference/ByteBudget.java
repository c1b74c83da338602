package dev.weir.inference;

import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes all requests together may hold: bodies, decoded tensors, queued work. A count of requests does not bound
 * memory; this does.
 *
 * <p>Thread-safe and lock-free.
 */
public final class ByteBudget {

    private final long capacity;
    private final AtomicLong reserved = new AtomicLong();

    /**
     * Creates a budget.
     *
     * @param capacity in bytes, at least 1
     */
    public ByteBudget(long capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("the byte budget must be at least 1, but is " + capacity);
        }
        this.capacity = capacity;
    }

    /**
     * Takes bytes out of the budget.
     *
     * @throws Overloaded when they are not there; nothing is taken then
     * @throws IllegalArgumentException when there are fewer than none
     */
    public void reserve(long bytes) {
        requireNotNegative(bytes);
        for (; ; ) {
            long now = reserved.get();
            if (bytes > capacity - now) {
                throw new Overloaded(
                        FailureCode.BYTE_BUDGET_EXHAUSTED,
                        "the server holds as many request bytes as it may; try again",
                        Duration.ofSeconds(1));
            }
            if (reserved.compareAndSet(now, now + bytes)) {
                return;
            }
        }
    }

    /**
     * Gives bytes back.
     *
     * @throws IllegalArgumentException when there are fewer than none
     * @throws IllegalStateException when more were given back than taken
     */
    public void release(long bytes) {
        requireNotNegative(bytes);
        if (reserved.addAndGet(-bytes) < 0) {
            throw new IllegalStateException("more bytes were given back than taken");
        }
    }

    private static void requireNotNegative(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("a number of bytes must not be negative, but is " + bytes);
        }
    }

    /** Returns the bytes taken right now. */
    public long reserved() {
        return reserved.get();
    }

    /** Returns the bytes there are in all. */
    public long capacity() {
        return capacity;
    }
}
