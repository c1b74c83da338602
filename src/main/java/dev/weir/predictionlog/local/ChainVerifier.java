package dev.weir.predictionlog.local;

import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.local.ChainBreak.Kind;
import dev.weir.predictionlog.local.Deletions.Deletion;
import java.io.IOException;
import java.nio.file.Files;
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
 * up another chain, but not one that fits the heads that were sent elsewhere: those are the checkpoints. Where a segment was
 * deleted, the chain goes on only if the server signed that. Used once, by one thread; it reads a log that is written to as
 * well as one whose server is dead, and changes neither.
 */
public final class ChainVerifier {

    /** How often it begins again because retention deleted a segment meanwhile. */
    private static final int TRIES = 5;

    private final LogDirectory directory;
    private final Map<Position, byte[]> seen = new HashMap<>();
    private final List<ChainBreak> breaks = new ArrayList<>();
    private List<Segment> segments = List.of();
    private final NavigableMap<Long, Deletion> deletions = new TreeMap<>();
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
     * @param deleted how many segments retention deleted, as the server signed
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
     * @param keys checks the signatures of deletions
     * @throws IOException when the directory can't be read
     */
    public static Report verify(Path log, List<ChainHead> checkpoints, Keyring.Verifier keys) throws IOException {
        for (int i = 1; ; i++) {
            ChainVerifier verifier = new ChainVerifier(new LogDirectory(log));
            Report report = verifier.verify(checkpoints, keys);
            if (report.isIntact() || i == TRIES || verifier.segments.stream().allMatch(ChainVerifier::isThere)) {
                return report;
            }
        }
    }

    private static boolean isThere(Segment segment) {
        return Files.exists(segment.file());
    }

    private Report verify(List<ChainHead> checkpoints, Keyring.Verifier keys) throws IOException {
        for (ChainHead checkpoint : checkpoints) {
            seen.put(place(checkpoint.position()), new byte[0]);
        }
        try (ReadConnections connections = new ReadConnections()) {
            SegmentCatalog catalog = new SegmentCatalog(directory, connections);
            segments = catalog.segments();
            // after the segments: a segment goes once its deletion is on record
            takeUp(Deletions.read(directory.deletions(), keys));
            catalog.unreadable().forEach(this::unreadable);
            directory.list().damaged().keySet().forEach(this::unreadable);
            NavigableMap<Long, Runnable> steps = new TreeMap<>();
            deletions.forEach((number, deletion) -> steps.put(number, () -> pass(deletion)));
            segments.forEach(segment -> steps.put(segment.number(), () -> pass(segment, connections)));
            steps.values().forEach(Runnable::run);
            checkpoints.forEach(this::compare);
            return new Report(segments.size(), blocks, entries, deletions.size(), end, breaks);
        } catch (SQLException e) {
            throw new IOException("the prediction log can't be read", e);
        }
    }

    /** Retention never deletes the newest segment: if that is what a deletion says, what came after it was taken away. */
    private void takeUp(Deletions.Contents contents) {
        contents.unsigned()
                .forEach(number -> breaks.add(new ChainBreak(Kind.UNSIGNED_DELETION, new Position(0, number, 0))));
        long newest = segments.isEmpty() ? 0 : segments.getLast().number();
        for (Deletion deletion : contents.deletions()) {
            long number = deletion.number();
            if (number > newest) {
                breaks.add(new ChainBreak(
                        Kind.CUT_TAIL, new Position(deletion.incarnation(), number, deletion.lastSeq())));
            } else if (segments.stream().noneMatch(each -> each.number() == number)) {
                deletions.put(number, deletion);
            }
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
        note(new Position(deletion.incarnation(), deletion.number(), deletion.lastSeq()), head);
    }

    private void pass(Segment segment, ReadConnections connections) {
        SegmentHeader header = segment.header();
        begin(header.incarnation(), header.number(), header.firstSeq(), header.previousHead());
        SegmentCheck.Result result = SegmentCheck.of(segment, connections, this::note);
        blocks += result.blocks();
        entries += result.entries();
        breaks.addAll(result.breaks());
        head = result.head();
        nextSeq = result.lastSeq() + 1;
        if (result.blocks() > 0) {
            end = segment.position(result.lastSeq());
            lastSeqs.put(incarnation, result.lastSeq());
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
            note(new Position(start, number, 0), previous);
        }
        incarnation = start;
    }

    /** Remembers the head at a place, if a checkpoint asks for it. */
    private void note(Position position, byte[] here) {
        seen.computeIfPresent(place(position), (place, before) -> here);
    }

    /** Returns a position without the segment: an entry may stand in another one than it was first written to. */
    private static Position place(Position position) {
        return new Position(position.incarnation(), 0, position.seq());
    }

    private void compare(ChainHead checkpoint) {
        if (segments.stream().noneMatch(each -> each.header().replica().equals(checkpoint.replica()))) {
            breaks.add(new ChainBreak(Kind.MISSING_REPLICA, checkpoint.position()));
            return;
        }
        byte[] found = seen.getOrDefault(place(checkpoint.position()), new byte[0]);
        if (found.length == 0) {
            if (deletions.values().stream().noneMatch(each -> covers(each, checkpoint))) {
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

    private static boolean covers(Deletion deletion, ChainHead checkpoint) {
        Position position = checkpoint.position();
        return deletion.replica().equals(checkpoint.replica())
                && deletion.incarnation() == position.incarnation()
                && deletion.firstSeq() <= position.seq()
                && position.seq() < deletion.lastSeq();
    }
}
