package dev.weir.predictionlog.local;

import dev.weir.inference.Ticker;
import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.GapRecord.Reason;
import dev.weir.predictionlog.PayloadSeal;
import dev.weir.predictionlog.local.LogHealth.Trouble;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Writes what comes, on a thread of its own: collects for some milliseconds, commits it together, and tells who waits.
 *
 * <p>What can't be written stays in hand, in the buffer, until it can: so the buffer fills up, and each deployment's overflow
 * policy decides. Who waits for it is told at once. What can't be encoded is given up, and a gap says so.
 */
final class LogWriter implements Runnable {

    private static final Log LOG = Log.of(LogWriter.class);

    private static final int GROUP_ENTRIES = 1_024;
    private static final long GROUP_BYTES = 1 << 20;

    /** What a commit takes of the disk beside its block, in the file written ahead and then in the segment. */
    private static final long OVERHEAD = 64 << 10;

    private static final long LINGER_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long IDLE_AFTER_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long GAP_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final WriteQueue queue;
    private final LogBuffer buffer;
    private final GapCounts gaps;
    private final SegmentChain chain;
    private final DiskRoom disk;
    private final LogState state;
    private final LogMeters meters;
    private final PayloadSeal seal;
    private final BlockBuilder builder;
    private final InstantSource clock;
    private final Ticker ticker;

    private final List<PendingRecord> group = new ArrayList<>();
    private final List<GapRecord> marks = new ArrayList<>();
    private long lastRecord;
    private long lastMarks;
    private long pause;
    private boolean done;
    private volatile boolean closing;
    private volatile long closeBy;

    LogWriter(
            WriteQueue queue,
            LogBuffer buffer,
            GapCounts gaps,
            SegmentChain chain,
            DiskRoom disk,
            LogState state,
            LogMeters meters,
            PayloadSeal seal,
            InstantSource clock,
            Ticker ticker,
            List<GapRecord> unwritten) {
        this.queue = queue;
        this.buffer = buffer;
        this.gaps = gaps;
        this.chain = chain;
        this.disk = disk;
        this.state = state;
        this.meters = meters;
        this.seal = seal;
        this.builder = new BlockBuilder(seal);
        this.clock = clock;
        this.ticker = ticker;
        this.marks.addAll(unwritten);
    }

    /** Lets the thread end once all is written, or when that takes longer than it may. */
    void close(Duration within) {
        closeBy = ticker.nanos() + within.toNanos();
        closing = true;
        queue.wake();
    }

    @Override
    public void run() {
        lastRecord = ticker.nanos();
        lastMarks = lastRecord;
        while (!done) {
            try {
                step();
            } catch (RuntimeException | Error e) {
                LOG.error("the writer of the prediction log failed; records are lost")
                        .with(LogKey.COUNT, group.size())
                        .cause(e)
                        .write();
                giveUpGroup();
                queue.pause(FIRST_PAUSE_NANOS);
            }
        }
    }

    private void step() {
        buffer.serve();
        if (isTooLate()) {
            loseQueued();
        }
        collect();
        if (!group.isEmpty() || !marks.isEmpty()) {
            commit();
        } else if (closing) {
            end();
        } else {
            rotateInTime();
            boolean idle = ticker.nanos() - lastRecord > IDLE_AFTER_NANOS;
            queue.await(idle, idle ? IDLE_NANOS : LINGER_NANOS);
        }
    }

    /** Takes up what there is, unless something is in hand still. */
    private void collect() {
        long now = ticker.nanos();
        if (group.isEmpty()) {
            long bytes = 0;
            PendingRecord next = null;
            while (group.size() < GROUP_ENTRIES && bytes < GROUP_BYTES && (next = queue.poll()) != null) {
                group.add(next);
                bytes += next.bytes();
                lastRecord = now;
            }
        }
        if (marks.isEmpty() && (now - lastMarks >= GAP_NANOS || closing)) {
            marks.addAll(gaps.take());
            lastMarks = now;
        }
    }

    private void commit() {
        boolean sync = group.stream().anyMatch(PendingRecord::isAwaited);
        Trouble trouble = attempt(sync);
        if (trouble != null) {
            failed(trouble);
            return;
        }
        int written = group.size();
        long unacknowledged = 0;
        for (PendingRecord each : group) {
            unacknowledged += each.isAcknowledged() ? 0 : 1;
            each.committed();
        }
        release();
        marks.clear();
        meters.written(written - unacknowledged, unacknowledged);
        pause = 0;
        works();
        if (written < GROUP_ENTRIES && !closing && !buffer.isFilling()) {
            queue.await(false, LINGER_NANOS);
        }
    }

    private void works() {
        if (!state.health().isOk()) {
            LOG.info("the prediction log is written again").write();
            state.working();
        }
    }

    private void release() {
        long bytes = 0;
        for (PendingRecord each : group) {
            bytes += each.bytes();
        }
        group.clear();
        buffer.give(bytes);
    }

    /** Tries to write what is in hand; returns why that did not work, or null when it did. */
    private @Nullable Trouble attempt(boolean sync) {
        try {
            seal.prepare(subjects());
        } catch (IllegalStateException e) {
            return report(Trouble.KEYS, e);
        }
        encode();
        if (builder.count() == 0) {
            return null;
        }
        EncodedBlock block = builder.build(chain.nextSeq(), clock.instant(), chain.head());
        try {
            Trouble short_ = disk.take(2 * block.bytes() + OVERHEAD);
            if (short_ != null) {
                return report(short_, null);
            }
            chain.rotate();
            long started = ticker.nanos();
            state.written(chain.write(block, sync), sync);
            meters.committed(ticker.nanos() - started);
            return null;
        } catch (SQLException | IOException e) {
            return report(Sqlite.isDiskFull(e) ? Trouble.DISK_FULL : Trouble.IO_ERROR, e);
        }
    }

    private Set<String> subjects() {
        Set<String> subjects = new HashSet<>();
        for (PendingRecord each : group) {
            String subject = each.record().subjectKey();
            if (subject != null) {
                subjects.add(subject);
            }
        }
        return subjects;
    }

    private void encode() {
        builder.clear();
        for (Iterator<PendingRecord> each = group.iterator(); each.hasNext(); ) {
            PendingRecord pending = each.next();
            try {
                builder.add(pending.record(), pending.isAcknowledged());
            } catch (RuntimeException e) {
                each.remove();
                faulty(pending, e);
            }
        }
        marks.forEach(builder::add);
    }

    private void faulty(PendingRecord pending, RuntimeException fault) {
        LOG.error("a record can't be written to the prediction log")
                .with(LogKey.PREDICTION_ID, pending.record().id())
                .cause(fault)
                .write();
        giveUp(pending, Reason.FAULT);
        buffer.give(pending.bytes());
    }

    private void giveUp(PendingRecord pending, Reason reason) {
        gaps.add(pending.record().context().deployment(), reason);
        meters.lost(reason);
        pending.failed();
    }

    private void giveUpGroup() {
        group.forEach(pending -> giveUp(pending, Reason.FAULT));
        release();
    }

    private Trouble report(Trouble trouble, @Nullable Exception cause) {
        if (state.health().trouble() != trouble) {
            LOG.error("the prediction log can't be written; records wait, and are lost when the buffer is full")
                    .with(LogKey.REASON, trouble.word())
                    .cause(cause)
                    .write();
        }
        return trouble;
    }

    private void failed(Trouble trouble) {
        state.failing(trouble, clock.instant());
        meters.failed(trouble);
        group.forEach(PendingRecord::failed);
        long until = ticker.nanos() + pause;
        pause = Math.clamp(2 * pause, FIRST_PAUSE_NANOS, LONGEST_PAUSE_NANOS);
        do {
            queue.forEach(PendingRecord::failed); // who waits need not wait for this
            if (isTooLate()) {
                leave();
                return;
            }
            buffer.serve();
            queue.pause(LINGER_NANOS);
        } while (ticker.nanos() - until < 0);
    }

    private void rotateInTime() {
        try {
            chain.rotate();
            works();
        } catch (SQLException | IOException e) {
            Trouble trouble = report(Sqlite.isDiskFull(e) ? Trouble.DISK_FULL : Trouble.IO_ERROR, e);
            state.failing(trouble, clock.instant());
            meters.failed(trouble);
            queue.pause(FIRST_PAUSE_NANOS);
        }
    }

    /**
     * Ends in good order only if nothing can come any more: whoever holds room still has something to record, which is refused
     * from now on and counted where nobody looks again. Then the next start writes a gap.
     */
    private void end() {
        if (!gaps.isEmpty() && !isTooLate()) {
            return; // counted since they were taken; the next step writes them
        }
        done = true;
        long held = buffer.used();
        if (held > 0) {
            LOG.error("the prediction log ends while records are still to come; the next start marks them as missing")
                    .write();
        }
        try {
            chain.end(held == 0 && gaps.isEmpty());
        } catch (SQLException e) {
            LOG.error("the prediction log can't be closed in good order")
                    .cause(e)
                    .write();
        }
    }

    private boolean isTooLate() {
        return closing && ticker.nanos() - closeBy >= 0;
    }

    private void loseQueued() {
        long lost = 0;
        PendingRecord next = null;
        while ((next = queue.poll()) != null) {
            giveUp(next, Reason.SHUTDOWN);
            buffer.give(next.bytes());
            lost++;
        }
        if (lost > 0) {
            LOG.error("records of predictions are lost at shutdown")
                    .with(LogKey.COUNT, lost)
                    .write();
        }
    }

    /** Ends without a gap for what is lost; the next start writes one. */
    private void leave() {
        done = true;
        group.forEach(pending -> giveUp(pending, Reason.SHUTDOWN));
        LOG.error("records of predictions can't be written before the end")
                .with(LogKey.COUNT, group.size())
                .write();
        release();
        loseQueued();
        try {
            chain.end(false);
        } catch (SQLException e) {
            LOG.error("the prediction log can't be closed").cause(e).write();
        }
    }
}
