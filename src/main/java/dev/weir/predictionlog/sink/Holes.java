package dev.weir.predictionlog.sink;

import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.StoredEntry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Marks what is missing between entries. */
final class Holes {

    /**
     * Entries without unmarked holes.
     *
     * @param entries the entries, and a gap wherever some were missing, at the position before the one that follows
     * @param gaps the gaps among them
     */
    record Marked(List<StoredEntry> entries, List<StoredEntry> gaps) {}

    private Holes() {}

    /**
     * Marks the holes of entries as the log gave them.
     *
     * @param before the position they were asked after
     * @param timeBefore the time of the entry there, or null when that is not known
     * @param tail tells what was deleted
     */
    static Marked mark(Position before, @Nullable Instant timeBefore, List<StoredEntry> entries, TailReading tail)
            throws SinkTrouble {
        List<StoredEntry> marked = new ArrayList<>(entries.size() + 1);
        List<StoredEntry> gaps = new ArrayList<>(0);
        Position last = before;
        Instant time = timeBefore;
        for (StoredEntry entry : entries) {
            Position next = entry.position();
            boolean sameStart = next.incarnation() == last.incarnation();
            long missing = sameStart ? next.seq() - last.seq() - 1 : next.seq() - 1;
            // Within a start the numbers tell of a hole; of the end of one, only what was deleted.
            boolean deleted = (missing > 0 || !sameStart) && tail.deletedBetween(last, next);
            if (missing > 0 || deleted) {
                // Of a start of the server whose end is gone, nobody knows how many there were.
                Long count = sameStart || isFirstOfAll(last, next) ? missing : null;
                StoredEntry gap =
                        gap(entry, time, count, deleted ? GapRecord.Reason.RETENTION : GapRecord.Reason.DAMAGE);
                marked.add(gap);
                gaps.add(gap);
            }
            marked.add(entry);
            last = next;
            time = time(entry);
        }
        return new Marked(marked, gaps);
    }

    private static boolean isFirstOfAll(Position last, Position next) {
        return last.equals(Position.START) && next.incarnation() == 1;
    }

    private static StoredEntry gap(
            StoredEntry next, @Nullable Instant from, @Nullable Long count, GapRecord.Reason reason) {
        Position position = next.position();
        Instant to = time(next);
        return new StoredEntry(
                next.replica(),
                new Position(position.incarnation(), position.segment(), position.seq() - 1),
                true,
                new GapRecord(from == null || from.isAfter(to) ? to : from, to, null, count, reason));
    }

    /** Returns when an entry happened. */
    static Instant time(StoredEntry entry) {
        return switch (entry.entry()) {
            case PredictionRecord record -> record.started();
            case GapRecord gap -> gap.from();
        };
    }
}
