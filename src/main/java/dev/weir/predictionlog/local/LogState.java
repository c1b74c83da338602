package dev.weir.predictionlog.local;

import dev.weir.predictionlog.Position;
import java.time.Instant;
import java.util.Arrays;

/** What the writer's thread lets others know. Thread-safe. */
final class LogState {

    /**
     * The chain up to an entry.
     *
     * @param position the last entry of a block
     * @param head the chain's head with that block
     */
    record Head(Position position, byte[] head) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Head that && position.equals(that.position) && Arrays.equals(head, that.head);
        }

        @Override
        public int hashCode() {
            return position.hashCode();
        }
    }

    private volatile Head written;
    private volatile Head synced;
    private volatile LogHealth health = LogHealth.OK;

    LogState(Head start) {
        this.written = start;
        this.synced = start;
    }

    void written(Head head, boolean sync) {
        written = head;
        if (sync) {
            synced(head);
        }
    }

    synchronized void synced(Head head) {
        if (head.position().compareTo(synced.position()) > 0) {
            synced = head;
        }
    }

    /** Returns the chain as it was written last. */
    Head written() {
        return written;
    }

    /** Returns the chain as a power cut would leave it, or longer. */
    Head synced() {
        return synced;
    }

    void failing(LogHealth.Trouble trouble, Instant now) {
        LogHealth before = health;
        health = new LogHealth(before.since() == null ? now : before.since(), trouble);
    }

    void working() {
        if (!health.isOk()) {
            health = LogHealth.OK;
        }
    }

    LogHealth health() {
        return health;
    }
}
