package dev.weir.serving;

import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.PredictionLog;
import dev.weir.predictionlog.PredictionLog.Room;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.servable.ComputePool;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** What the pipeline asks of the log. Thread-safe; never blocks. */
@Singleton
class Recorder {

    private static final Log LOG = Log.of(Recorder.class);

    private final PredictionLog log;
    private final RecordPlans plans;
    private final Executor answering;

    @Inject
    Recorder(PredictionLog log, RecordPlans plans, ComputePool answering) {
        this(log, plans, (Executor) answering);
    }

    /** @param answering runs what answers requests whose record is on disk */
    Recorder(PredictionLog log, RecordPlans plans, Executor answering) {
        this.log = log;
        this.plans = plans;
        this.answering = answering;
    }

    PredictionLog log() {
        return log;
    }

    RecordPlans plans() {
        return plans;
    }

    Executor answering() {
        return answering;
    }

    void write(PredictionRecord record, Room room, PredictionLog.@Nullable Commit commit) {
        log.write(record, room, commit);
    }

    /** Counts a record that could not be made. */
    void faulty(RecordDraft draft, Throwable cause) {
        draft.room().release();
        log.lost(draft.context(), GapRecord.Reason.FAULT);
        LOG.error("a record can't be made")
                .with(LogKey.DEPLOYMENT, draft.context().deployment())
                .cause(cause)
                .write();
    }
}
