package dev.weir.predictionlog;

import java.util.List;

/** The local log as forwarders read it: in order, and from where they stopped. Thread-safe; blocks for a short time. */
public interface LogTail {

    /** Returns the name of the replica whose log this is. */
    String replica();

    /**
     * Returns the entries after a position, oldest first; empty when there are none yet. What stood between the position and
     * the first of them and is no more, is a hole in the answer's positions.
     *
     * @param entries the most entries
     * @param bytes the most bytes, as {@link StoredEntry#bytes} counts; one entry may pass it alone
     */
    List<StoredEntry> after(Position position, int entries, long bytes);

    /** Says whether retention deleted entries between two positions, in this process or an earlier one. */
    boolean deletedBetween(Position after, Position before);

    /** Returns where the log ends. */
    Position end();
}
