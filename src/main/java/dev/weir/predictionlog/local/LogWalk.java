package dev.weir.predictionlog.local;

import dev.weir.predictionlog.PayloadSeal;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.RecordContext;
import dev.weir.predictionlog.RecordQuery;
import dev.weir.predictionlog.StoredEntry;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A walk over entries, forwards or backwards, which ends when it found enough, or looked at enough. Not thread-safe. */
final class LogWalk {

    /** Bytes of blocks after which a walk ends, even in vain. */
    private static final long WALK_BYTES = 32L << 20;

    /** Blocks after which a walk ends. */
    private static final int WALK_BLOCKS = 4_096;

    private static final int BLOCKS_AT_ONCE = 64;

    private final SegmentScan scan;
    private final PayloadSeal seal;
    private final RecordQuery query;
    private final int entries;
    private final long bytes;
    private final boolean backwards;
    private final long fromMillis;
    private final long toMillis;
    private final List<StoredEntry> found = new ArrayList<>();
    private long foundBytes;
    private long walkedBytes;
    private int walkedBlocks;

    /** The last entry that was looked at. */
    private @Nullable Position last;

    /**
     * Prepares a walk.
     *
     * @param entries how many are enough
     * @param bytes how many bytes of entries are enough
     */
    LogWalk(SegmentScan scan, PayloadSeal seal, RecordQuery query, int entries, long bytes) {
        this.scan = scan;
        this.seal = seal;
        this.query = query;
        this.entries = entries;
        this.bytes = bytes;
        this.backwards = query.newestFirst();
        this.fromMillis = query.from() == null ? Long.MIN_VALUE : query.from().toEpochMilli();
        this.toMillis = query.to() == null ? Long.MAX_VALUE : query.to().toEpochMilli();
    }

    List<StoredEntry> found() {
        return found;
    }

    /**
     * Walks on from an entry.
     *
     * @param segments all there are, oldest first
     * @param after the entry, or null for the beginning
     * @return the last entry it looked at; null when there are no more
     */
    @Nullable
    Position from(List<Segment> segments, @Nullable Position after) {
        walkedBytes = 0;
        walkedBlocks = 0;
        last = after;
        for (Segment segment : backwards ? segments.reversed() : segments) {
            if (segment.mayHave(fromMillis, toMillis) && isAhead(segment, after) && !walk(segment, after)) {
                return last;
            }
        }
        return null;
    }

    private boolean isAhead(Segment segment, @Nullable Position after) {
        if (after == null) {
            return true;
        }
        if (segment.header().incarnation() != after.incarnation()) {
            return segment.header().incarnation() > after.incarnation() != backwards;
        }
        return backwards ? segment.header().firstSeq() < after.seq() : segment.limit() > after.seq() + 1;
    }

    /** Walks through a segment; false when that is enough. */
    private boolean walk(Segment segment, @Nullable Position after) {
        long seq = backwards ? Long.MAX_VALUE : 0;
        if (after != null && after.incarnation() == segment.header().incarnation()) {
            seq = after.seq();
        }
        for (; ; ) {
            List<Long> firsts = scan.blocksFrom(
                    segment, backwards ? seq - 1 : seq + 1, backwards, fromMillis, toMillis, BLOCKS_AT_ONCE);
            for (long first : firsts) {
                SegmentScan.Found block = scan.block(segment, first);
                if (block == null) {
                    continue; // deleted since
                }
                seq = visit(segment, block, seq);
                if (isEnough()) {
                    return false;
                }
            }
            if (firsts.size() < BLOCKS_AT_ONCE) {
                return true;
            }
        }
    }

    private boolean isEnough() {
        return hasEnough() || walkedBytes >= WALK_BYTES || walkedBlocks >= WALK_BLOCKS;
    }

    private boolean hasEnough() {
        return found.size() >= entries || foundBytes >= bytes;
    }

    /** Looks at the entries of a block beyond one, until it has enough; returns the last it looked at. */
    private long visit(Segment segment, SegmentScan.Found at, long beyond) {
        walkedBlocks++;
        walkedBytes += at.bytes();
        boolean mayHave = at.block() != null && mayHave(at.block());
        long reached = beyond;
        long seq = backwards ? Math.min(at.lastSeq(), beyond - 1) : Math.max(at.firstSeq(), beyond + 1);
        while (seq >= at.firstSeq() && seq <= at.lastSeq() && !hasEnough()) {
            if (mayHave) {
                StoredEntry entry = scan.entry(segment, at, Math.toIntExact(seq - at.firstSeq()), seal, query::matches);
                if (entry != null) {
                    found.add(entry);
                    foundBytes += entry.bytes();
                }
            }
            reached = seq;
            last = segment.position(seq);
            seq += backwards ? -1 : 1;
        }
        return reached;
    }

    private boolean mayHave(BlockCodec block) {
        return query.gaps() || block.contexts().stream().anyMatch(this::isWanted);
    }

    private boolean isWanted(RecordContext context) {
        return (query.deployment() == null || query.deployment().equals(context.deployment()))
                && (query.model() == null
                        || query.model().equals(context.version().model()))
                && (query.version() == null
                        || query.version().equals(context.version().version()))
                && (query.variant() == null || query.variant().equals(context.variant()))
                && (query.role() == null || query.role() == context.role());
    }
}
