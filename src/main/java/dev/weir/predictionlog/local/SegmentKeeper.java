package dev.weir.predictionlog.local;

import dev.weir.predictionlog.Position;
import java.util.Set;

/**
 * Who may want a segment to stay: a forwarder that has not read it yet, a legal hold. Found by CDI. Called on a thread of the
 * log, for segments whose entries have all outlived their retention; it may block, and nothing is deleted meanwhile. A keeper
 * that throws keeps the segment.
 */
public interface SegmentKeeper {

    /** Says whether a segment may go, for all that this keeper cares. */
    boolean mayGo(Expired segment);

    /**
     * A segment whose time is over.
     *
     * @param replica who wrote it
     * @param last the position of its last entry
     * @param oldestMillis no entry's time is before, in milliseconds since 1970
     * @param newestMillis no entry's time is after
     * @param deployments whose records are in it
     */
    record Expired(String replica, Position last, long oldestMillis, long newestMillis, Set<String> deployments) {

        /** Copies the set. */
        public Expired {
            deployments = Set.copyOf(deployments);
        }
    }
}
