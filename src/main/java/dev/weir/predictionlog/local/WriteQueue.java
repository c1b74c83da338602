package dev.weir.predictionlog.local;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Records on their way to the writer's thread, and how that thread is woken. To wake a thread costs more than all else that a
 * request does here; so while records come, the thread looks every few milliseconds by itself, and is woken only for records
 * that somebody waits for, and before the buffer is full.
 *
 * <p>Any thread may add. Nobody is forgotten, because who adds writes first what the thread reads last, and the other way
 * round: either the thread sees the record before it sleeps, or the other sees that it is about to.
 */
final class WriteQueue {

    private static final int BUSY = 0;

    /** It will look soon. */
    private static final int LINGERING = 1;

    /** It will look much later. */
    private static final int IDLE = 2;

    private final ConcurrentLinkedQueue<PendingRecord> records = new ConcurrentLinkedQueue<>();
    private final AtomicInteger state = new AtomicInteger(BUSY);
    private volatile boolean urgent;
    private volatile @Nullable Thread writer;

    /** Says which thread is woken. */
    void writtenBy(Thread thread) {
        writer = thread;
    }

    /**
     * Adds a record.
     *
     * @param filling whether the buffer fills up
     */
    void add(PendingRecord record, boolean filling) {
        boolean awaited = record.isAwaited();
        records.add(record);
        if (awaited) {
            urgent = true;
        }
        int now = state.get();
        if (now == IDLE || (now == LINGERING && (awaited || filling))) {
            unpark(now);
        }
    }

    /** Takes a record back; false when it is on its way. */
    boolean remove(PendingRecord record) {
        return records.remove(record);
    }

    /** Lets the thread look at once. */
    void wake() {
        urgent = true;
        int now = state.get();
        if (now != BUSY) {
            unpark(now);
        }
    }

    private void unpark(int seen) {
        if (state.compareAndSet(seen, BUSY)) {
            LockSupport.unpark(writer);
        }
    }

    @Nullable
    PendingRecord poll() {
        return records.poll();
    }

    boolean isEmpty() {
        return records.isEmpty();
    }

    /** Visits what is on its way. For the writer's thread. */
    void forEach(Consumer<PendingRecord> action) {
        records.forEach(action);
    }

    /**
     * Waits for records, at most so long. For the writer's thread.
     *
     * @param idle whether any record ends it; if not, only one that is awaited does, or a buffer that fills up
     */
    void await(boolean idle, long nanos) {
        state.set(idle ? IDLE : LINGERING);
        if (!urgent && !(idle && !records.isEmpty())) {
            LockSupport.parkNanos(this, nanos);
        }
        state.set(BUSY);
        urgent = false;
    }

    /** Waits, whatever comes. For the writer's thread. */
    void pause(long nanos) {
        LockSupport.parkNanos(this, nanos);
    }
}
