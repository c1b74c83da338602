package dev.weir.predictionlog.local;

import dev.weir.predictionlog.Position;
import java.util.Locale;

/**
 * Something in a log that is not as it was written.
 *
 * @param kind what is wrong
 * @param position where: the entry, or the first of the block; of a segment as a whole, the first it should have
 */
public record ChainBreak(Kind kind, Position position) {

    /** What may be wrong. */
    public enum Kind {
        /** A block is not the one that was written: an entry was changed, added or removed, or the block's own facts. */
        EDITED,
        /** A payload is not the one that was written. */
        EDITED_PAYLOAD,
        /** What a block or a segment is found by does not fit its entries, so some of them may not be found. */
        EDITED_INDEX,
        /** Entries are missing before this one. */
        MISSING_BLOCK,
        /** A segment is missing before this one, and no deletion is on record; or it is not the one that followed. */
        MISSING_SEGMENT,
        /** A deletion is on record that no known key signed, so it counts as none. */
        UNSIGNED_DELETION,
        /** A segment or a block can't be read. */
        UNREADABLE,
        /** The log ends before a place that a checkpoint or a deletion saw. */
        CUT_TAIL,
        /** A checkpoint saw another log. */
        OTHER_CHAIN,
        /** A checkpoint saw the log of a replica of which nothing is here. */
        MISSING_REPLICA;

        /** Returns the word used in reports. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
