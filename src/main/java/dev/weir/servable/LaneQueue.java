package dev.weir.servable;

import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * How much of the compute threads one variant may take, and who waits for it: a concurrency cap and a bounded queue,
 * first come, first served.
 *
 * <p>The lock guards the count and the queue; nothing is called while it is held.
 */
final class LaneQueue {

    /** What became of an attempt that asked for a place. */
    enum Place {
        /** It may run now. */
        RUN,
        /** It waits. */
        WAIT,
        /** There is no room. */
        FULL
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Attempt> waiting = new ArrayDeque<>();
    private final int concurrency;
    private final int capacity;
    private int running;

    LaneQueue(int concurrency, int capacity) {
        this.concurrency = concurrency;
        this.capacity = capacity;
    }

    Place enter(Attempt attempt) {
        lock.lock();
        try {
            if (running < concurrency) {
                running++;
                return Place.RUN;
            }
            if (waiting.size() >= capacity) {
                return Place.FULL;
            }
            waiting.add(attempt);
            return Place.WAIT;
        } finally {
            lock.unlock();
        }
    }

    /** Gives the place of a finished attempt to the next one, or frees it and returns null. */
    @Nullable
    Attempt next() {
        lock.lock();
        try {
            Attempt attempt = waiting.poll();
            if (attempt == null) {
                running--;
            }
            return attempt;
        } finally {
            lock.unlock();
        }
    }

    void remove(Attempt attempt) {
        lock.lock();
        try {
            waiting.remove(attempt);
        } finally {
            lock.unlock();
        }
    }

    int depth() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }
}
