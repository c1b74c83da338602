package dev.weir.serving;

import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.WeirException;
import dev.weir.predictionlog.PredictionLog.Room;
import dev.weir.predictionlog.PredictionLog.Waiting;
import dev.weir.servable.Attempt;
import org.jspecify.annotations.Nullable;

/**
 * A request that waits until the log has room for its record, and holds no thread meanwhile. Ends with the room, at its
 * deadline, or when its caller leaves.
 */
final class RoomWait implements Predictions.Call {

    private final Attempts attempts;
    private final Work work;
    private final RecordPlan plan;
    private final RecordPlan.Need need;
    private final Deadlines.Timer timer = new Deadlines.Timer();
    private @Nullable Waiting waiting;
    private Predictions.@Nullable Call running;
    private boolean over;
    private boolean cancelled;

    RoomWait(Attempts attempts, Work work, RecordPlan plan, RecordPlan.Need need) {
        this.attempts = attempts;
        this.work = work;
        this.plan = plan;
        this.need = need;
    }

    /** Starts to wait; the request may have its room, and be over, when this returns. */
    Predictions.Call begin() {
        Waiting begun = attempts.log().reserveLater(need.bytes(), this::take);
        synchronized (this) {
            waiting = begun;
        }
        timer.start(attempts.deadlines(), attempts.nanosLeft(work), () -> end(Attempt.expired()));
        return this;
    }

    private void take(Room room) {
        synchronized (this) {
            if (over) {
                room.release();
                return;
            }
            over = true;
        }
        timer.cancel();
        attempts.goOn(() -> run(room));
    }

    private void run(Room room) {
        Predictions.Call call = attempts.run(work, plan, room, need);
        boolean late;
        synchronized (this) {
            running = call;
            late = cancelled;
        }
        if (late) {
            call.cancel();
        }
    }

    private void end(WeirException why) {
        Waiting asked;
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
            asked = waiting;
        }
        timer.cancel();
        if (asked != null) {
            asked.cancel();
        }
        attempts.giveUp(work, why);
    }

    @Override
    public void cancel() {
        Predictions.Call call;
        synchronized (this) {
            cancelled = true;
            call = running;
        }
        if (call != null) {
            call.cancel();
        } else {
            end(new PredictionFailed(FailureCode.CANCELLED, "the caller went away"));
        }
    }
}
