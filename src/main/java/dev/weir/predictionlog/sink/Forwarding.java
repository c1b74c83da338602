package dev.weir.predictionlog.sink;

import dev.weir.inference.Ticker;
import dev.weir.predictionlog.LogSink;
import dev.weir.predictionlog.LogTail;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.StoredEntry;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The work of one forwarder, step by step: read what follows the position, write it, keep the position.
 *
 * <p>Steps are made by one thread; {@link #stopSoon} may be called by any.
 *
 * <p>There are two positions. What was <em>given</em> to the sink is where reading goes on; what is <em>safe</em> there is
 * what may be deleted from the log, and where a failed sink begins again. They differ only in a sink that collects.
 */
final class Forwarding {

    /**
     * How much a forwarder does in one step.
     *
     * @param entries the most entries it reads and writes at once
     * @param bytes the most bytes of them, as {@link StoredEntry#bytes} counts
     * @param poll how long it waits when it has read all there is
     */
    record Limits(int entries, long bytes, Duration poll) {}

    private final LogSink sink;
    private final TailReading tail;
    private final PositionCopy copy;
    private final RefusedEntries refused;
    private final Limits limits;
    private final Backoff backoff;
    private final ForwarderNews news;
    private final Progress progress;

    private boolean open;
    private boolean keepsItsOwn;
    private Position given = Position.START;
    private Position safe = Position.START;
    private @Nullable Instant givenTime;

    private volatile boolean stopping;

    Forwarding(
            LogSink sink,
            LogTail tail,
            SavedPositions saved,
            DeadLetters deadLetters,
            Limits limits,
            Backoff backoff,
            ForwarderMeters meters,
            Progress progress,
            Ticker ticker) {
        this.sink = sink;
        this.tail = new TailReading(tail);
        this.copy = new PositionCopy(saved, ticker);
        this.news = new ForwarderNews(sink.name(), meters);
        this.refused = new RefusedEntries(deadLetters, news);
        this.limits = limits;
        this.backoff = backoff;
        this.progress = progress;
    }

    /** Asks to end once everything that is in the log by then is safe. */
    void stopSoon() {
        stopping = true;
    }

    /** Does a little, and returns how long to wait before the next step; null when nothing is left to do, for ever. */
    @Nullable
    Duration step() {
        try {
            if (!open) {
                open();
            }
            return forward();
        } catch (DeadLetters.Full e) {
            return failed(Trouble.DEAD_LETTERS_FULL, e);
        } catch (IOException e) {
            return failed(SinkTrouble.of(e), e);
        } catch (RuntimeException e) {
            return failed(Trouble.FAULT, e);
        }
    }

    /** Closes the sink; what it does not have is left. */
    void end() {
        close();
        progress.settle(SinkStatus.State.STOPPED, progress.trouble());
    }

    private void open() throws IOException {
        refused.refresh();
        Position saved = copy.load();
        if (progress.safe() == null && saved != null) {
            progress.safe(saved);
        }
        Position own = progress.watch(() -> sink.open(tail.replica()));
        open = true;
        keepsItsOwn = own != null;
        Position kept = own == null ? saved : own;
        given = kept == null ? Position.START : kept;
        givenTime = null;
        safe = given;
        progress.safe(safe);
    }

    private @Nullable Duration forward() throws IOException, DeadLetters.Full {
        List<StoredEntry> read = tail.after(given, limits);
        if (read.isEmpty()) {
            return rest();
        }
        Holes.Marked marked = Holes.mark(given, givenTime, read, tail);
        Instant time = Holes.time(marked.entries().getFirst());
        progress.read(time);
        news.missing(marked.gaps());
        write(marked.entries(), time);
        working(null);
        copy.saveNowAndThen(safe);
        long bytes = read.stream().mapToLong(StoredEntry::bytes).sum();
        boolean full = read.size() >= limits.entries() || bytes >= limits.bytes() / 2;
        return full || stopping ? Duration.ZERO : limits.poll();
    }

    /** Nothing is left to read. */
    private @Nullable Duration rest() throws IOException {
        boolean last = stopping;
        Position kept = progress.watch(() -> sink.idle(last));
        reached(kept == null ? given : kept, givenTime);
        boolean ahead = given.compareTo(tail.end()) > 0;
        working(ahead ? Trouble.AHEAD_OF_LOG : null);
        if (!ahead && safe.equals(given)) {
            progress.complete();
        }
        if (last) {
            copy.save(safe);
            end();
            return null;
        }
        refused.refresh();
        copy.saveNowAndThen(safe);
        return limits.poll();
    }

    /** Writes entries; where the sink refuses some, halves them until it is known which. */
    private void write(List<StoredEntry> entries, Instant time) throws IOException, DeadLetters.Full {
        Deque<List<StoredEntry>> parts = new ArrayDeque<>(List.of(entries));
        while (!parts.isEmpty()) {
            List<StoredEntry> part = parts.pop();
            try {
                Position kept = progress.watch(() -> sink.write(part));
                passed(part.getLast());
                progress.forwarded(part.size());
                news.written(part.size());
                reached(kept, time);
            } catch (LogSink.Refused e) {
                if (part.size() == 1) {
                    putAside(part.getFirst(), e);
                } else {
                    int half = part.size() / 2;
                    parts.push(part.subList(half, part.size()));
                    parts.push(part.subList(0, half));
                }
            }
        }
    }

    private void putAside(StoredEntry entry, LogSink.Refused why) throws IOException, DeadLetters.Full {
        refused.putAside(entry, why);
        boolean nothingCollected = safe.equals(given);
        passed(entry);
        if (nothingCollected) {
            reached(given, null);
        }
    }

    private void passed(StoredEntry entry) {
        given = entry.position();
        givenTime = Holes.time(entry);
    }

    /**
     * Entries are safe.
     *
     * @param kept the last of them
     * @param time about when the first that is not safe happened, if there is one
     */
    private void reached(Position kept, @Nullable Instant time) throws SinkTrouble {
        if (kept.equals(safe)) {
            return;
        }
        safe = kept;
        progress.safe(safe);
        progress.pending(safe.equals(given) ? null : time);
        if (!keepsItsOwn) {
            copy.save(safe);
        }
    }

    private Duration failed(Trouble trouble, Exception cause) {
        boolean isNews = progress.state() != SinkStatus.State.FAILING || progress.trouble() != trouble;
        progress.settle(SinkStatus.State.FAILING, trouble);
        close();
        news.failed(trouble, cause, isNews);
        return backoff.next();
    }

    private void close() {
        open = false;
        try {
            progress.watch(() -> {
                sink.close();
                return null;
            });
        } catch (IOException | RuntimeException e) {
            news.notClosed(e);
        }
    }

    private void working(@Nullable Trouble trouble) {
        backoff.reset();
        if (progress.state() == SinkStatus.State.FAILING) {
            news.goesOn();
        }
        progress.settle(SinkStatus.State.FORWARDING, trouble);
    }
}
