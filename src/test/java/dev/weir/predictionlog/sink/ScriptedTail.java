package dev.weir.predictionlog.sink;

import dev.weir.predictionlog.LogEntry;
import dev.weir.predictionlog.LogTail;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.StoredEntry;
import java.util.ArrayList;
import java.util.List;

/** A local log in memory. Thread-safe. */
final class ScriptedTail implements LogTail {

    static final String REPLICA = "replica-1";

    private final List<StoredEntry> entries = new ArrayList<>();
    private final List<Position> deleted = new ArrayList<>();
    private long incarnation = 1;
    private long segment = 1;
    private long seq;
    private Position end = Position.START;
    private boolean broken;

    synchronized List<StoredEntry> add(List<? extends LogEntry> more) {
        List<StoredEntry> added = new ArrayList<>();
        for (LogEntry entry : more) {
            end = new Position(incarnation, segment, ++seq);
            added.add(new StoredEntry(REPLICA, end, true, entry));
        }
        entries.addAll(added);
        return added;
    }

    /** The server starts again. */
    synchronized void restart() {
        incarnation++;
        segment++;
        seq = 0;
    }

    synchronized void rotate() {
        segment++;
    }

    /** Loses entries to retention. */
    synchronized void delete(Position upTo) {
        entries.stream()
                .map(StoredEntry::position)
                .filter(each -> each.compareTo(upTo) <= 0)
                .forEach(deleted::add);
        damage(upTo);
    }

    /** Has entries that can't be read. */
    synchronized void damage(Position upTo) {
        entries.removeIf(entry -> entry.position().compareTo(upTo) <= 0);
    }

    /** Loses its end, as a machine without power does. */
    synchronized void cut(Position behind) {
        entries.removeIf(entry -> entry.position().compareTo(behind) > 0);
        end = behind;
    }

    synchronized void broken(boolean now) {
        broken = now;
    }

    private void requireSound() {
        if (broken) {
            throw new IllegalStateException("the log can't be read");
        }
    }

    @Override
    public String replica() {
        return REPLICA;
    }

    @Override
    public synchronized List<StoredEntry> after(Position position, int most, long bytes) {
        requireSound();
        return entries.stream()
                .filter(entry -> entry.position().compareTo(position) > 0)
                .limit(most)
                .toList();
    }

    @Override
    public synchronized boolean deletedBetween(Position after, Position before) {
        return deleted.stream().anyMatch(each -> each.compareTo(after) > 0 && each.compareTo(before) < 0);
    }

    @Override
    public synchronized Position end() {
        requireSound();
        return end;
    }
}
