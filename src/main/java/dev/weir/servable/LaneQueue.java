package dev.weir.servable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * How much of the compute threads one variant may take, and who waits for it: a concurrency cap and a bounded queue,
 * first come, first served.
 *
 * <p>The lock guards the count and the queue; nothing that takes long is called while it is held.
 */
final class LaneQueue {

    /** What became of an attempt that asked for a place. */
    enum Place {
        /** It may run now. */
        RUN,
        /** It waits. */
        WAIT,
        /** It waits, and there are so many, or one waits for so long, that another call begins now. */
        HELP,
        /** There is no room. */
        FULL
    }

    /** Nobody waits for so long behind calls that are short. */
    private static final long LONG_NANOS = 5_000_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Attempt> waiting = new ArrayDeque<>();
    private final int concurrency;
    private final int capacity;
    private int running;

    LaneQueue(int concurrency, int capacity) {
        this.concurrency = concurrency;
        this.capacity = capacity;
    }

    /**
     * Asks for a place.
     *
     * @param calls how attempts share native calls now
     */
    Place enter(Attempt attempt, CallSharing calls) {
        lock.lock();
        try {
            boolean full = waiting.size() >= capacity;
            if (running < concurrency && (running == 0 || full || !calls.oneAtATime())) {
                running++;
                return Place.RUN;
            }
            if (full) {
                return Place.FULL;
            }
            waiting.add(attempt);
            if (running < concurrency && (waiting.size() >= calls.maxRows() || isLong(attempt))) {
                running++;
                return Place.HELP;
            }
            return Place.WAIT;
        } finally {
            lock.unlock();
        }
    }

    private boolean isLong(Attempt newest) {
        return newest.submittedNanos() - waiting.element().submittedNanos() > LONG_NANOS;
    }

    /** Gives a free place to who waits longest; null when there is none of either. */
    @Nullable
    Attempt help() {
        lock.lock();
        try {
            Attempt attempt = running < concurrency ? waiting.poll() : null;
            if (attempt != null) {
                running++;
            }
            return attempt;
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

    /**
     * Takes those who wait behind an attempt that is about to run and may share its native call: in order, until one may
     * not; and where calls run beside one another, no more than a fair share, so that the others have as much to do.
     */
    List<Attempt> companions(Attempt first, CallSharing calls) {
        lock.lock();
        try {
            int share = calls.oneAtATime() ? waiting.size() : Math.ceilDiv(waiting.size() + 1, running) - 1;
            if (share == 0) {
                return List.of();
            }
            List<Attempt> companions = new ArrayList<>(share);
            int rows = first.request().rows();
            while (companions.size() < share) {
                Attempt next = waiting.peek();
                if (next == null || !next.mayShareCallWith(first)) {
                    break;
                }
                rows += next.request().rows();
                if (rows > calls.maxRows()) {
                    break;
                }
                companions.add(waiting.remove());
            }
            return companions;
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
