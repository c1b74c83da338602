package dev.weir.predictionlog.local;

import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.local.ChainBreak.Kind;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Computes the chain of one segment again, from the head before it, and compares; its seal too. Used once, by one thread. */
final class SegmentCheck {

    private final Segment segment;
    private final ReadConnections connections;
    private final BiConsumer<Position, byte[]> seen;
    private final List<ChainBreak> breaks = new ArrayList<>();
    private final Digests digests = new Digests();
    private byte[] head;
    private long nextSeq;
    private long blocks;
    private long entries;

    private SegmentCheck(Segment segment, ReadConnections connections, BiConsumer<Position, byte[]> seen) {
        this.segment = segment;
        this.connections = connections;
        this.seen = seen;
        this.head = segment.header().previousHead();
        this.nextSeq = segment.header().firstSeq();
    }

    /**
     * What was found.
     *
     * @param head the chain's head after it, as it says itself
     * @param lastSeq the number of its last entry; one less than its first when it has none
     * @param blocks how many blocks
     * @param entries how many entries
     * @param breaks what is not as it was written, in order
     */
    record Result(byte[] head, long lastSeq, long blocks, long entries, List<ChainBreak> breaks) {}

    /**
     * Checks a segment.
     *
     * @param seen told of the last entry of each block, and the head with it
     */
    static Result of(Segment segment, ReadConnections connections, BiConsumer<Position, byte[]> seen) {
        return new SegmentCheck(segment, connections, seen).run();
    }

    private Result run() {
        try {
            for (long first : connections.read(segment.file(), at -> StoredBlock.firsts(at, segment.limit()))) {
                pass(connections.<@Nullable StoredBlock>read(segment.file(), at -> StoredBlock.read(at, first)));
            }
            // what does not fit its entries would not fit those that were changed
            if (breaks.isEmpty() && !connections.read(segment.file(), at -> SegmentSealer.fits(at, segment))) {
                add(Kind.EDITED_INDEX, segment.header().firstSeq());
            }
        } catch (SQLException e) {
            add(Kind.UNREADABLE, nextSeq);
        }
        return new Result(head, nextSeq - 1, blocks, entries, breaks);
    }

    private void add(Kind kind, long seq) {
        breaks.add(new ChainBreak(kind, segment.position(seq)));
    }

    private void pass(@Nullable StoredBlock row) {
        if (row == null) {
            return; // the next one does not follow then
        }
        blocks++;
        entries += row.count();
        boolean follows = row.firstSeq() == nextSeq;
        if (!follows) {
            add(Kind.MISSING_BLOCK, row.firstSeq());
        }
        BlockCodec block = null;
        try {
            block = BlockCodec.of(row.body());
        } catch (UnreadableBlock e) {
            add(Kind.UNREADABLE, row.firstSeq());
        }
        if (block != null) {
            byte[] computed = digests.head(head, row.firstSeq(), row.committedMillis(), block);
            // without the block before, nobody knows what the head should be
            if (block.count() != row.count() || (follows && !Arrays.equals(computed, row.head()))) {
                add(Kind.EDITED, row.firstSeq());
            }
            check(row, block);
        }
        head = row.head();
        nextSeq = row.firstSeq() + row.count();
        seen.accept(segment.position(nextSeq - 1), head);
    }

    private void check(StoredBlock row, BlockCodec block) {
        for (int i = 0; i < block.count(); i++) {
            BlockCodec.Slice slice = block.slices().get(i);
            if (slice.payload() == BlockCodec.KEPT && !digests.isIntact(slice, block.body())) {
                add(Kind.EDITED_PAYLOAD, row.firstSeq() + i);
            }
        }
        if (!row.isFoundBy(block)) {
            add(Kind.EDITED_INDEX, row.firstSeq());
        }
    }
}
