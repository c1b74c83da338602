package dev.weir.predictionlog.local;

import dev.weir.predictionlog.PredictionLog.Commit;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.telemetry.Log;
import org.jspecify.annotations.Nullable;

/** A record on its way. Handed to the writer's thread, which alone uses it then. */
final class PendingRecord {

    private static final Log LOG = Log.of(PendingRecord.class);

    private final PredictionRecord record;
    private final long bytes;
    private @Nullable Commit commit;
    private boolean acknowledged = true;

    PendingRecord(PredictionRecord record, long bytes, @Nullable Commit commit) {
        this.record = record;
        this.bytes = bytes;
        this.commit = commit;
    }

    PredictionRecord record() {
        return record;
    }

    /** Returns the bytes that it has of the buffer. */
    long bytes() {
        return bytes;
    }

    /** Says whether somebody waits for it. */
    boolean isAwaited() {
        return commit != null;
    }

    /** Returns false when somebody was told that it might not be written, or stopped waiting for it. */
    boolean isAcknowledged() {
        if (commit != null && !commit.isAwaited()) {
            acknowledged = false;
        }
        return acknowledged;
    }

    /** Tells who waits that it is written. */
    void committed() {
        Commit told = commit;
        commit = null;
        if (told != null) {
            tell(told, true);
        }
    }

    /** Tells who waits that it may not be written. */
    void failed() {
        Commit told = commit;
        commit = null;
        if (told != null) {
            acknowledged = false;
            tell(told, false);
        }
    }

    private static void tell(Commit commit, boolean written) {
        try {
            if (written) {
                commit.committed();
            } else {
                commit.failed();
            }
        } catch (RuntimeException e) {
            LOG.error("a request can't go on that waited for its record")
                    .cause(e)
                    .write();
        }
    }
}
