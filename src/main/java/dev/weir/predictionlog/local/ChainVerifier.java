package dev.weir.predictionlog.local;

import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.local.ChainBreak.Kind;
import dev.weir.predictionlog.local.Deletions.Deletion;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Computes the chain of a log again, from its first segment to its last, and compares. Whoever can change the files can make
 * up another chain, but not one that fits the heads that were sent elsewhere: those are the checkpoints. Used once, by one
 * thread; it reads a log that is written to as well as one whose server is dead, and changes neither.
 */
public final class ChainVerifier {

    private final LogDirectory directory;
    private final Map<Position, byte[]> seen = new HashMap<>();
    private final List<ChainBreak> breaks = new ArrayList<>();
    private byte[] head = new byte[Digests.BYTES];
    private long incarnation;
    private long nextSeq = 1;
    private long blocks;
    private long entries;
    private @Nullable Position end;

    /** The last entry of each incarnation. */
    private final Map<Long, Long> lastSeqs = new HashMap<>();

    private ChainVerifier(LogDirectory directory) {
        this.directory = directory;
    }

    /**
     * What was found.
     *
     * @param segments how many segments were read
     * @param blocks how many blocks
     * @param entries how many entries
     * @param deleted how many segments retention deleted, as it says itself
     * @param end the last entry; null when there is none
     * @param breaks what is not as it was written, in order; empty when all is well
     */
    public record Report(
            long segments,
            long blocks,
            long entries,
            long deleted,
            @Nullable Position end,
            List<ChainBreak> breaks) {

        /** Copies the list. */
        public Report {
            breaks = List.copyOf(breaks);
        }

        /** Says whether all is as it was written. */
        public boolean isIntact() {
            return breaks.isEmpty();
        }
    }

    /**
     * Verifies a log.
     *
     * @param log its directory
     * @param checkpoints heads that were seen before
     * @throws IOException when the directory can't be read
     */
    public static Report verify(Path log, List<ChainHead> checkpoints) throws IOException {
        return new ChainVerifier(new LogDirectory(log)).verify(checkpoints);
    }

    private Report verify(List<ChainHead> checkpoints) throws IOException {
        for (ChainHead checkpoint : checkpoints) {
            seen.put(place(checkpoint.position()), new byte[0]);
        }
        try (ReadConnections connections = new ReadConnections()) {
            SegmentCatalog catalog = new SegmentCatalog(directory, connections);
            List<Segment> segments = catalog.segments();
            Map<Long, Segment> present = new HashMap<>();
            segments.forEach(segment -> present.put(segment.number(), segment));
            NavigableMap<Long, Deletion> deletions = new TreeMap<>();
            for (Deletion deletion : Deletions.read(directory.deletions())) {
                if (!present.containsKey(deletion.number())) {
                    deletions.put(deletion.number(), deletion);
                }
            }
            catalog.unreadable().forEach(this::unreadable);
            directory.list().damaged().keySet().forEach(this::unreadable);
            NavigableMap<Long, Runnable> steps = new TreeMap<>();
            deletions.forEach((number, deletion) -> steps.put(number, () -> pass(deletion)));
            segments.forEach(segment -> steps.put(segment.number(), () -> pass(segment, connections)));
            steps.values().forEach(Runnable::run);
            for (ChainHead checkpoint : checkpoints) {
                compare(checkpoint, segments, deletions);
            }
            return new Report(segments.size(), blocks, entries, deletions.size(), end, breaks);
        } catch (SQLException e) {
            throw new IOException("the prediction log can't be read", e);
        }
    }

    private void unreadable(long number) {
        breaks.add(new ChainBreak(Kind.UNREADABLE, new Position(0, number, 0)));
    }

    private void pass(Deletion deletion) {
        begin(deletion.incarnation(), deletion.number(), deletion.firstSeq(), deletion.previousHead());
        head = deletion.lastHead();
        nextSeq = deletion.lastSeq() + 1;
        lastSeqs.put(incarnation, deletion.lastSeq());
        note(new Position(deletion.incarnation(), deletion.number(), deletion.lastSeq()));
    }

    private void pass(Segment segment, ReadConnections connections) {
        SegmentHeader header = segment.header();
        begin(header.incarnation(), header.number(), header.firstSeq(), header.previousHead());
        try {
            for (long first : connections.read(segment.file(), at -> StoredBlock.firsts(at, segment.limit()))) {
                pass(
                        segment,
                        connections.<@Nullable StoredBlock>read(segment.file(), at -> StoredBlock.read(at, first)));
            }
        } catch (SQLException e) {
            breaks.add(new ChainBreak(Kind.UNREADABLE, segment.position(nextSeq)));
        }
    }

    /** Goes on to a segment: does it follow what was before? */
    private void begin(long start, long number, long firstSeq, byte[] previous) {
        long expected = start == incarnation ? nextSeq : 1;
        Position position = new Position(start, number, firstSeq);
        if (!Arrays.equals(previous, head)) {
            breaks.add(new ChainBreak(Kind.MISSING_SEGMENT, position));
        } else if (firstSeq != expected) {
            breaks.add(new ChainBreak(Kind.MISSING_BLOCK, position));
        }
        if (start != incarnation) {
            head = previous;
            note(new Position(start, number, 0));
        }
        incarnation = start;
        head = previous;
        nextSeq = firstSeq;
    }

    private void pass(Segment segment, @Nullable StoredBlock row) {
        if (row == null) {
            return; // deleted since
        }
        Position position = segment.position(row.firstSeq());
        blocks++;
        entries += row.count();
        boolean follows = row.firstSeq() == nextSeq;
        if (!follows) {
            breaks.add(new ChainBreak(Kind.MISSING_BLOCK, position));
        }
        BlockCodec block = null;
        try {
            block = BlockCodec.of(row.body());
        } catch (UnreadableBlock e) {
            breaks.add(new ChainBreak(Kind.UNREADABLE, position));
        }
        if (block != null) {
            byte[] computed = new Digests().head(head, row.firstSeq(), row.committedMillis(), block);
            // without the block before, nobody knows what the head should be
            if (block.count() != row.count() || (follows && !Arrays.equals(computed, row.head()))) {
                breaks.add(new ChainBreak(Kind.EDITED, position));
            }
            check(segment, row, block);
        }
        head = row.head();
        nextSeq = row.firstSeq() + row.count();
        end = segment.position(nextSeq - 1);
        note(end);
        lastSeqs.put(incarnation, nextSeq - 1);
    }

    private void check(Segment segment, StoredBlock row, BlockCodec block) {
        Digests digests = new Digests();
        for (int i = 0; i < block.count(); i++) {
            BlockCodec.Slice slice = block.slices().get(i);
            if (slice.payload() == BlockCodec.KEPT && !digests.isIntact(slice, block.body())) {
                breaks.add(new ChainBreak(Kind.EDITED_PAYLOAD, segment.position(row.firstSeq() + i)));
            }
        }
        if (!row.isFoundBy(block)) {
            breaks.add(new ChainBreak(Kind.EDITED_INDEX, segment.position(row.firstSeq())));
        }
    }

    /** Remembers the head at a place, if a checkpoint asks for it. */
    private void note(Position position) {
        seen.computeIfPresent(place(position), (place, before) -> head);
    }

    /** Returns a position without the segment: an entry may stand in another one than it was first written to. */
    private static Position place(Position position) {
        return new Position(position.incarnation(), 0, position.seq());
    }

    private void compare(ChainHead checkpoint, List<Segment> segments, NavigableMap<Long, Deletion> deletions) {
        if (segments.stream().noneMatch(each -> each.header().replica().equals(checkpoint.replica()))) {
            breaks.add(new ChainBreak(Kind.MISSING_REPLICA, checkpoint.position()));
            return;
        }
        byte[] found = seen.getOrDefault(place(checkpoint.position()), new byte[0]);
        if (found.length == 0) {
            if (deletions.values().stream().noneMatch(each -> covers(each, checkpoint.position()))) {
                Kind kind = isBeyond(checkpoint.position()) ? Kind.CUT_TAIL : Kind.MISSING_BLOCK;
                breaks.add(new ChainBreak(kind, checkpoint.position()));
            }
        } else if (!checkpoint.head().equals("sha256:" + HexFormat.of().formatHex(found))) {
            breaks.add(new ChainBreak(Kind.OTHER_CHAIN, checkpoint.position()));
        }
    }

    private boolean isBeyond(Position position) {
        return position.seq() > lastSeqs.getOrDefault(position.incarnation(), 0L);
    }

    private static boolean covers(Deletion deletion, Position position) {
        return deletion.incarnation() == position.incarnation()
                && deletion.firstSeq() <= position.seq()
                && position.seq() < deletion.lastSeq();
    }
}
