package dev.weir.serving;

import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.WeirException;
import dev.weir.inference.InferenceResponse;
import dev.weir.inference.Settlement;
import dev.weir.inference.Tensor;
import dev.weir.predictionlog.PredictionLog;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.servable.Attempt;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The end of an attempt: settled, recorded, answered, in this order. Where the record must be on disk first, the answer waits
 * for that, and no longer than the deadline.
 */
final class AttemptEnd implements Attempt.Completion {

    private final Recorder recorder;
    private final @Nullable RecordDraft draft;
    private final Deadlines.Timer timer;
    private final Settle settle;
    private final Answered answered;
    private final AtomicBoolean told = new AtomicBoolean();

    /** One of both threads sees what the other wrote: the one that begins to wait, and the one whose time is over. */
    private volatile boolean waiting;

    private volatile boolean expired;

    /** Publishes the settlement. */
    @FunctionalInterface
    interface Settle {
        void publish(Settlement.Result result, @Nullable FailureCode code, Settlement.Timing timing);
    }

    /** Tells the caller. */
    interface Answered {
        void succeeded(InferenceResponse response);

        void failed(WeirException failure);
    }

    /** @param draft the attempt's record; null when there will be none */
    AttemptEnd(
            Recorder recorder, @Nullable RecordDraft draft, Deadlines.Timer timer, Settle settle, Answered answered) {
        this.recorder = recorder;
        this.draft = draft;
        this.timer = timer;
        this.settle = settle;
        this.answered = answered;
    }

    @Override
    public void succeeded(InferenceResponse response, Settlement.Timing timing, int callRows) {
        end(Settlement.Result.OK, null, timing, callRows, response.outputs(), () -> answered.succeeded(response));
    }

    @Override
    public void failed(WeirException failure, Settlement.Timing timing) {
        Settlement.Result result = Settlements.result(failure);
        end(result, failure.code(), timing, 0, List.of(), () -> answered.failed(failure));
    }

    private void end(
            Settlement.Result result,
            @Nullable FailureCode code,
            Settlement.Timing timing,
            int callRows,
            List<Tensor> outputs,
            Runnable answer) {
        boolean waits = false;
        try {
            settle.publish(result, code, timing);
        } finally {
            try {
                waits = record(result, code, timing, callRows, outputs, answer);
            } finally {
                if (!waits) {
                    tell(answer);
                }
            }
        }
    }

    /**
     * Hands the record over.
     *
     * @return whether the answer comes when it is on disk
     */
    private boolean record(
            Settlement.Result result,
            @Nullable FailureCode code,
            Settlement.Timing timing,
            int callRows,
            List<Tensor> outputs,
            Runnable answer) {
        if (draft == null) {
            return false;
        }
        PredictionRecord record;
        try {
            record = draft.finish(result, code, timing, callRows, outputs);
        } catch (Throwable e) {
            recorder.faulty(draft, e);
            if (draft.isSync()) {
                tell(() -> answered.failed(unrecorded()));
                return true;
            }
            return false;
        }
        // Nobody is there any more to wait for the disk when the deadline passed or the caller left.
        boolean waits = draft.isSync() && result != Settlement.Result.TIMEOUT && result != Settlement.Result.CANCELLED;
        waiting = waits;
        recorder.write(record, draft.room(), waits ? new OnDisk(answer) : null);
        if (waits && expired) {
            tell(() -> answered.failed(Attempt.expired()));
        }
        return waits;
    }

    /** Ends the wait for the disk, because the deadline passed. */
    void expire() {
        expired = true;
        if (waiting) {
            tell(() -> answered.failed(Attempt.expired()));
        }
    }

    private void tell(Runnable answer) {
        if (told.compareAndSet(false, true)) {
            timer.cancel();
            answer.run();
        }
    }

    private static PredictionFailed unrecorded() {
        return new PredictionFailed(FailureCode.LOG_UNAVAILABLE, "the prediction could not be put on record");
    }

    /** Answers once the record is on disk, unless the deadline passed by then. */
    private final class OnDisk implements PredictionLog.Commit {
        private final Runnable answer;

        OnDisk(Runnable answer) {
            this.answer = answer;
        }

        @Override
        public boolean isAwaited() {
            return !told.get();
        }

        @Override
        public void committed() {
            recorder.goOn(() -> tell(answer));
        }

        @Override
        public void failed() {
            recorder.goOn(() -> tell(() -> answered.failed(unrecorded())));
        }
    }
}
