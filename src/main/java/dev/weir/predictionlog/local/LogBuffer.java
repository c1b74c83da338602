package dev.weir.predictionlog.local;

import dev.weir.predictionlog.PredictionLog.Room;
import dev.weir.predictionlog.PredictionLog.RoomTaker;
import dev.weir.predictionlog.PredictionLog.Waiting;
import dev.weir.telemetry.Log;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that records may take before they are written. Thread-safe; without anybody waiting, lock-free.
 *
 * <p>Who waits, is served in turn: nobody gets room while another waits for it, however little it is. What is larger than
 * the buffer gets all of it.
 */
final class LogBuffer {

    private static final Log LOG = Log.of(LogBuffer.class);

    private final long capacity;
    private final Runnable roomForWaiting;
    private final AtomicLong used = new AtomicLong();

    /** Guarded by itself. */
    private final Set<Waiter> waiting = new LinkedHashSet<>();

    /** How many wait; written under the lock of {@link #waiting}. */
    private volatile int waiters;

    private volatile boolean closed;

    /**
     * Makes an empty buffer.
     *
     * @param roomForWaiting called by whoever gives room back that others wait for; it must see to it that {@link #serve}
     *     is called soon, on another thread
     */
    LogBuffer(long capacity, Runnable roomForWaiting) {
        this.capacity = capacity;
        this.roomForWaiting = roomForWaiting;
    }

    private final class Waiter implements Waiting {
        private final long bytes;
        private final RoomTaker then;

        Waiter(long bytes, RoomTaker then) {
            this.bytes = bytes;
            this.then = then;
        }

        @Override
        public boolean cancel() {
            synchronized (waiting) {
                boolean waited = waiting.remove(this);
                waiters = waiting.size();
                return waited;
            }
        }
    }

    private final class Taken implements Room {
        private long bytes;

        Taken(long bytes) {
            this.bytes = bytes;
        }

        @Override
        public boolean extend(long more) {
            long wanted = Math.min(bytes + more, capacity) - bytes;
            if (wanted > 0 && (waiters > 0 || !take(wanted))) {
                return false;
            }
            bytes += Math.max(0, wanted);
            return true;
        }

        @Override
        public void release() {
            give(handOver());
        }

        private long handOver() {
            long all = bytes;
            bytes = 0;
            return all;
        }
    }

    private boolean take(long bytes) {
        for (; ; ) {
            long now = used.get();
            if (bytes > capacity - now) {
                return false;
            }
            if (used.compareAndSet(now, now + bytes)) {
                return true;
            }
        }
    }

    @Nullable
    Room reserve(long bytes) {
        long wanted = Math.clamp(bytes, 1, capacity);
        return waiters == 0 && !closed && take(wanted) ? new Taken(wanted) : null;
    }

    Waiting reserveLater(long bytes, RoomTaker then) {
        Waiter waiter = new Waiter(Math.clamp(bytes, 1, capacity), then);
        synchronized (waiting) {
            waiting.add(waiter);
            waiters = waiting.size();
        }
        roomForWaiting.run();
        return waiter;
    }

    /** Takes over the bytes of a room, whose owner can give them back no more. */
    static long handOver(Room room) {
        if (room instanceof Taken taken) {
            return taken.handOver();
        }
        throw new IllegalArgumentException("room of another log");
    }

    /** Gives bytes back. */
    void give(long bytes) {
        if (bytes > 0) {
            used.addAndGet(-bytes);
            if (waiters > 0) {
                roomForWaiting.run();
            }
        }
    }

    /** Gives room to those who wait and now can have it, and calls them. */
    void serve() {
        if (waiters == 0) {
            return;
        }
        for (Served each : next()) {
            try {
                each.waiter.then.take(each.room);
            } catch (RuntimeException e) {
                LOG.error("a request can't go on that waited for the prediction log")
                        .cause(e)
                        .write();
                each.room.release();
            }
        }
    }

    private record Served(Waiter waiter, Room room) {}

    private List<Served> next() {
        List<Served> served = new ArrayList<>();
        synchronized (waiting) {
            Iterator<Waiter> each = waiting.iterator();
            while (!closed && each.hasNext()) {
                Waiter waiter = each.next();
                if (!take(waiter.bytes)) {
                    break;
                }
                each.remove();
                served.add(new Served(waiter, new Taken(waiter.bytes)));
            }
            waiters = waiting.size();
        }
        return served;
    }

    /** Gives no more room, to nobody. */
    void close() {
        closed = true;
    }

    long used() {
        return used.get();
    }

    /** Says whether so much is taken that it should be written soon. */
    boolean isFilling() {
        return used.get() > capacity / 4;
    }
}
