package dev.weir.predictionlog.sink;

import dev.weir.inference.Ticker;
import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.LogSink;
import dev.weir.predictionlog.LogTail;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.StoredEntry;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
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
 * <p>Steps are made by one thread; {@link #stopSoon} and {@link #overtaken} may be called by any.
 *
 * <p>There are two positions. What was <em>given</em> to the sink is where reading goes on; what is <em>safe</em> there is
 * what may be deleted from the log, and where a failed sink begins again. They differ only in a sink that collects.
 */
final class Forwarding {

    private static final Log LOG = Log.of(Forwarding.class);

    /** How often the position of a sink that keeps its own is saved here too, for the time it can't be asked. */
    private static final Duration COPY_EVERY = Duration.ofSeconds(10);

    /**
     * How much a forwarder does in one step.
     *
     * @param entries the most entries it reads and writes at once
     * @param bytes the most bytes of their payloads
     * @param poll how long it waits when it has read all there is
     */
    record Limits(int entries, long bytes, Duration poll) {}

    private final LogSink sink;
    private final LogTail tail;
    private final SavedPositions saved;
    private final DeadLetters deadLetters;
    private final Limits limits;
    private final Backoff backoff;
    private final ForwarderMeters meters;
    private final Progress progress;
    private final Ticker ticker;

    private boolean open;
    private boolean keepsItsOwn;
    private Position given = Position.START;
    private Position safe = Position.START;
    private Position copied = Position.START;
    private long copiedNanos;
    private @Nullable Instant givenTime;
    private Position lastGap = Position.START;

    private volatile boolean stopping;
    private volatile long overtaken;

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
        this.tail = tail;
        this.saved = saved;
        this.deadLetters = deadLetters;
        this.limits = limits;
        this.backoff = backoff;
        this.meters = meters;
        this.progress = progress;
        this.ticker = ticker;
        this.copiedNanos = ticker.nanos();
    }

    /** Asks to end once everything that is in the log by then is safe. */
    void stopSoon() {
        stopping = true;
    }

    /** Says that a segment may be deleted although this sink does not have all of it. Called by one thread at a time. */
    void overtaken(long segment) {
        overtaken = Math.max(overtaken, segment);
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
        refreshDeadLetters();
        Position copy = saved.load();
        if (progress.safe() == null && copy != null) {
            progress.safe(copy);
        }
        Position own = progress.watch(() -> sink.open(tail.replica()));
        open = true;
        keepsItsOwn = own != null;
        copied = copy == null ? Position.START : copy;
        given = own == null ? copied : own;
        givenTime = null;
        safe = given;
        progress.safe(safe);
    }

    private void refreshDeadLetters() throws SinkTrouble {
        try {
            deadLetters.refresh();
        } catch (IOException e) {
            throw new SinkTrouble(Trouble.STATE_UNWRITABLE, "the file of dead letters can't be read", e);
        }
    }

    private @Nullable Duration forward() throws IOException, DeadLetters.Full {
        List<StoredEntry> read = read();
        if (read.isEmpty()) {
            return rest();
        }
        Holes.Marked marked = Holes.mark(given, givenTime, overtaken, read);
        Instant time = Holes.time(marked.entries().getFirst());
        progress.read(time);
        tell(marked.gaps());
        write(marked.entries(), time);
        working(null);
        copyNowAndThen();
        long bytes = read.stream().mapToLong(Forwarding::bytes).sum();
        boolean full = read.size() >= limits.entries() || bytes >= limits.bytes() / 2;
        return full || stopping ? Duration.ZERO : limits.poll();
    }

    private static long bytes(StoredEntry entry) {
        return switch (entry.entry()) {
            case PredictionRecord record -> record.payload().bytes();
            case GapRecord gap -> 0;
        };
    }

    private List<StoredEntry> read() throws SinkTrouble {
        try {
            return tail.after(given, limits.entries(), limits.bytes());
        } catch (RuntimeException e) {
            throw new SinkTrouble(Trouble.LOG_UNREADABLE, "the local log can't be read", e);
        }
    }

    /** Nothing is left to read. */
    private @Nullable Duration rest() throws IOException {
        boolean last = stopping;
        Position kept = progress.watch(() -> sink.idle(last));
        reached(kept == null ? given : kept, givenTime);
        boolean ahead = given.compareTo(logEnd()) > 0;
        working(ahead ? Trouble.AHEAD_OF_LOG : null);
        if (!ahead && safe.equals(given)) {
            progress.complete();
        }
        if (last) {
            copy();
            end();
            return null;
        }
        refreshDeadLetters();
        copyNowAndThen();
        return limits.poll();
    }

    private Position logEnd() throws SinkTrouble {
        try {
            return tail.end();
        } catch (RuntimeException e) {
            throw new SinkTrouble(Trouble.LOG_UNREADABLE, "the local log can't be read", e);
        }
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
                meters.count(ForwarderMeters.Result.OK, part.size());
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

    private void putAside(StoredEntry entry, LogSink.Refused refused) throws IOException, DeadLetters.Full {
        String reason = String.valueOf(refused.getMessage());
        boolean fresh;
        try {
            fresh = deadLetters.add(entry, reason);
        } catch (IOException e) {
            throw new SinkTrouble(Trouble.STATE_UNWRITABLE, "the file of dead letters can't be written", e);
        }
        if (fresh) {
            meters.count(ForwarderMeters.Result.DEAD_LETTER, 1);
            LOG.warn("entry refused and put aside")
                    .with(LogKey.SINK, sink.name())
                    .with(LogKey.POSITION, SavedPositions.format(entry.position()))
                    .with(LogKey.REASON, reason)
                    .write();
        }
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
            copy();
        }
    }

    private void copyNowAndThen() throws SinkTrouble {
        if (ticker.nanos() - copiedNanos >= COPY_EVERY.toNanos()) {
            copy();
        }
    }

    private void copy() throws SinkTrouble {
        if (!safe.equals(copied)) {
            saved.save(safe);
            copied = safe;
        }
        copiedNanos = ticker.nanos();
    }

    private void tell(List<StoredEntry> gaps) {
        for (StoredEntry gap : gaps) {
            // It is found again when it could not be written.
            if (gap.position().compareTo(lastGap) > 0) {
                lastGap = gap.position();
                meters.count(ForwarderMeters.Result.GAP, 1);
                LOG.warn("entries were deleted before they were forwarded")
                        .with(LogKey.SINK, sink.name())
                        .with(LogKey.POSITION, SavedPositions.format(gap.position()))
                        .write();
            }
        }
    }

    private Duration failed(Trouble trouble, Exception cause) {
        boolean isNews = progress.state() != SinkStatus.State.FAILING || progress.trouble() != trouble;
        progress.settle(SinkStatus.State.FAILING, trouble);
        close();
        meters.count(ForwarderMeters.Result.FAILED, 1);
        if (isNews) {
            LOG.warn("forwarding failed and is tried again")
                    .with(LogKey.SINK, sink.name())
                    .with(LogKey.REASON, trouble.word())
                    .cause(cause)
                    .write();
        }
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
            LOG.warn("sink can't be closed")
                    .with(LogKey.SINK, sink.name())
                    .cause(e)
                    .write();
        }
    }

    private void working(@Nullable Trouble trouble) {
        backoff.reset();
        if (progress.state() == SinkStatus.State.FAILING) {
            LOG.info("forwarding goes on").with(LogKey.SINK, sink.name()).write();
        }
        progress.settle(SinkStatus.State.FORWARDING, trouble);
    }
}
