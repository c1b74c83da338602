package dev.weir.predictionlog.local;

import dev.weir.inference.VersionRef;
import dev.weir.predictionlog.Position;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A segment as readers see it.
 *
 * @param file its file
 * @param header what it says about itself
 * @param bound entries with this number or a higher one do not count: they were written again elsewhere
 * @param seal what is known of it once nothing is written any more; null before
 */
record Segment(
        Path file,
        SegmentHeader header,
        long bound,
        @Nullable Seal seal) {

    /**
     * What is known of a segment once nothing is written any more.
     *
     * @param lastSeq the number of its last entry that counts; one less than its first when it has none
     * @param minMillis no entry's time is before
     * @param maxMillis no entry's time is after
     * @param filter which keys may be in it
     * @param versions which versions it has records of; null when an older Weir sealed it, which did not write that down
     */
    record Seal(
            long lastSeq,
            long minMillis,
            long maxMillis,
            KeyFilter filter,
            @Nullable Set<VersionRef> versions) {}

    /** Returns the number from which on entries do not count, as the seal says too once there is one. */
    long limit() {
        return seal == null ? bound : Math.min(bound, seal.lastSeq() + 1);
    }

    long number() {
        return header.number();
    }

    Position position(long seq) {
        return new Position(header.incarnation(), header.number(), seq);
    }

    /** Says whether entries of a time may be in it. */
    boolean mayHave(long fromMillis, long toMillis) {
        return seal == null || (seal.minMillis() <= toMillis && seal.maxMillis() >= fromMillis);
    }

    /** Says whether entries with a key may be in it. */
    boolean mayHave(long key) {
        return seal == null || seal.filter().mayContain(key);
    }
}
