package dev.weir.serving;

import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.PredictionLog;
import dev.weir.predictionlog.PredictionLog.Room;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** What the pipeline asks of the log. Thread-safe; never blocks. */
@Singleton
class Recorder {

    private static final Log LOG = Log.of(Recorder.class);

    private final PredictionLog log;
    private final RecordPlans plans;
    private final Executor answering;

    @Inject
    Recorder(PredictionLog log, RecordPlans plans, AnswerPool answering) {
        this(log, plans, (Executor) answering);
    }

    /** @param answering goes on with requests that waited for the log */
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

    /** Goes on with a request that waited for the log, on a thread that may take its time over it. */
    void goOn(Runnable task) {
        try {
            answering.execute(task);
        } catch (RejectedExecutionException e) {
            task.run(); // the threads are gone by then, and nobody else waits for this one
        }
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
