package dev.weir.predictionlog.local;

import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Does what the writer's thread should not wait for, on a thread of its own: checkpoints, which bring what was written ahead
 * into the segment and sync it, at least once a second; closing and sealing segments; retention.
 */
final class LogKeeper implements Runnable {

    private static final Log LOG = Log.of(LogKeeper.class);
    private static final long ROUND_MILLIS = 1_000;
    private static final long RETENTION_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final LogDirectory directory;
    private final SegmentCatalog catalog;
    private final Retention retention;
    private final Queue<SegmentWriter> ended = new ConcurrentLinkedQueue<>();
    private final Semaphore wake = new Semaphore(0);
    private volatile @Nullable Path current;
    private volatile @Nullable LogState state;
    private volatile boolean closing;
    private volatile long bytes;
    private volatile long oldestMillis;

    /** The thread's own connection to {@link #checkpointed}: while it is open, no other's end starts a checkpoint. */
    private @Nullable Connection connection;

    private @Nullable Path checkpointed;
    private long lastRetention;

    /** Whether the last round failed, so that trouble that lasts is logged once. */
    private boolean troubled;

    LogKeeper(LogDirectory directory, SegmentCatalog catalog, Retention retention) {
        this.directory = directory;
        this.catalog = catalog;
        this.retention = retention;
    }

    /** Says where it is told what is synced. */
    void reportTo(LogState log) {
        state = log;
    }

    /** Takes note of the segment that is written to from now on. Does not block. */
    void began(Path segment) {
        current = segment;
    }

    /** Takes over a segment that is not written to any more. Does not block. */
    void ended(SegmentWriter segment) {
        if (segment.file().equals(current)) {
            current = null;
        }
        ended.add(segment);
        wake.release();
    }

    /** Lets the thread end, once it closed what was handed over. */
    void close() {
        closing = true;
        wake.release();
    }

    @Override
    public void run() {
        while (!closing) {
            round();
            try {
                if (wake.tryAcquire(ROUND_MILLIS, TimeUnit.MILLISECONDS)) {
                    wake.drainPermits();
                }
            } catch (InterruptedException e) {
                break;
            }
        }
        try {
            closeEnded();
            closeConnection();
        } catch (SQLException e) {
            LOG.error("a segment of the prediction log can't be closed")
                    .cause(e)
                    .write();
        }
    }

    private void round() {
        try {
            LogState log = state;
            LogState.Head written = log == null ? null : log.written();
            closeEnded();
            if (checkpoint() && log != null && written != null) {
                log.synced(written);
            }
            seal();
            measure();
            long now = System.nanoTime();
            if (lastRetention == 0 || now - lastRetention > RETENTION_NANOS) {
                lastRetention = now;
                retention.run();
            }
            troubled = false;
        } catch (SQLException | IOException | RuntimeException e) {
            if (!troubled) {
                LOG.error("the prediction log can't be kept in order now")
                        .cause(e)
                        .write();
            }
            troubled = true;
        }
    }

    private void measure() throws IOException {
        bytes = directory.bytes();
        List<Segment> segments = catalog.segments();
        oldestMillis = segments.isEmpty() ? 0 : segments.getFirst().header().createdMillis();
    }

    /** Returns the bytes of the log, as they were a moment ago. */
    long bytes() {
        return bytes;
    }

    /** Returns when the oldest segment began, in milliseconds since 1970; 0 when there is none. */
    long oldestMillis() {
        return oldestMillis;
    }

    private void closeEnded() throws SQLException {
        for (SegmentWriter segment = ended.poll(); segment != null; segment = ended.poll()) {
            if (segment.file().equals(checkpointed)) {
                closeConnection();
            }
            segment.close();
        }
    }

    private void closeConnection() throws SQLException {
        Connection old = connection;
        connection = null;
        checkpointed = null;
        if (old != null) {
            old.close();
        }
    }

    /** Returns true when all that was committed before is synced. */
    private boolean checkpoint() throws SQLException {
        Path segment = current;
        if (segment == null) {
            return false;
        }
        Connection own = connection;
        if (own == null || !segment.equals(checkpointed)) {
            closeConnection();
            own = Sqlite.forWriting(segment);
            connection = own;
            checkpointed = segment;
        }
        return Sqlite.checkpoint(own);
    }

    private void seal() throws IOException {
        List<Segment> segments = catalog.segments();
        for (Segment segment : segments) {
            if (segment.seal() == null
                    && !segment.file().equals(current)
                    && ended.isEmpty()
                    && isOver(segments, segment)) {
                try {
                    SegmentSealer.seal(segment);
                } catch (SQLException e) {
                    LOG.warn("a segment of the prediction log can't be sealed")
                            .with(LogKey.COUNT, segment.number())
                            .cause(e)
                            .write();
                }
            }
        }
    }

    /** Says whether a segment has a successor: else it may be the one that the writer's thread just made. */
    private static boolean isOver(List<Segment> segments, Segment segment) {
        return segment.number() < segments.getLast().number();
    }
}
