package dev.weir.serving;

import dev.weir.deployment.Deployment;
import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.WeirException;
import dev.weir.inference.InferenceRequest;
import dev.weir.inference.InferenceResponse;
import dev.weir.inference.PredictionId;
import dev.weir.inference.Settlement;
import dev.weir.inference.Ticker;
import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.PredictionLog;
import dev.weir.predictionlog.PredictionLog.Room;
import dev.weir.routing.Route;
import dev.weir.servable.Attempt;
import dev.weir.servable.Lane;
import dev.weir.serving.Predictions.Call;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** Makes attempts of routed requests: room for the record, the run, its end. Thread-safe; never blocks. */
@Singleton
class Attempts {

    private final Settlements settlements;
    private final Deadlines deadlines;
    private final InstantSource clock;
    private final Ticker ticker;
    private final Recorder recorder;

    @Inject
    Attempts(Settlements settlements, Deadlines deadlines, InstantSource clock, Ticker ticker, Recorder recorder) {
        this.settlements = settlements;
        this.deadlines = deadlines;
        this.clock = clock;
        this.ticker = ticker;
        this.recorder = recorder;
    }

    /** Makes an attempt of a request as soon as there is room for its record, or ends it; throws nothing. */
    Call begin(Work routed) {
        Work work = routed;
        RecordPlan plan;
        RecordPlan.Need need;
        Room room;
        try {
            plan = recorder.plans()
                    .plan(
                            work.snapshot(),
                            work.deployment(),
                            work.route().variant(),
                            work.lane().servable());
            if (plan == null) {
                return run(work, null, null, RecordPlan.Need.NONE);
            }
            work = work.about(plan.subjectKey(work.request(), work.tags()));
            need = plan.need(work.request(), work.tags());
            room = recorder.log().reserve(need.bytes());
            if (room == null) {
                switch (plan.policy().overflow()) {
                    case DROP -> recorder.log().lost(plan.context(), GapRecord.Reason.OVERFLOW);
                    case REJECT -> throw noRoom();
                    case BLOCK -> {
                        return new RoomWait(this, work, plan, need).begin();
                    }
                }
            }
        } catch (Throwable e) {
            return giveUp(work, e);
        }
        return run(work, plan, room, need);
    }

    /** Returns how long a request may still take, in nanoseconds; 0 or less once its deadline passed. */
    long nanosLeft(Work work) {
        return work.admission().deadlineNanos() - ticker.nanos();
    }

    Deadlines deadlines() {
        return deadlines;
    }

    PredictionLog log() {
        return recorder.log();
    }

    /** Goes on with a request that waited, on a thread of its own. */
    void goOn(Runnable task) {
        recorder.goOn(task);
    }

    /**
     * Makes an attempt of a request.
     *
     * @param plan how it is recorded; null when it is not
     * @param room the room for its record; null when there will be none
     * @param need what the room was asked for
     */
    Call run(Work work, @Nullable RecordPlan plan, @Nullable Room room, RecordPlan.Need need) {
        Lane lane = work.lane();
        Deadlines.Timer timer;
        Attempt attempt;
        AttemptEnd end;
        Call call;
        try {
            timer = new Deadlines.Timer();
            work.answer().routed(work.id(), work.route());
            end = end(work, timer, plan, room, need);
            attempt = new Attempt(
                    work.request(),
                    ticker.nanos(),
                    work.admission().deadlineNanos(),
                    work.route().isOnTrial() ? new FiniteOnly(end) : end);
            call = () -> lane.cancel(attempt);
        } catch (Throwable e) {
            if (room != null) {
                room.release();
            }
            return giveUp(work, e);
        }
        try {
            lane.submit(attempt);
            // Does nothing for an attempt that is answered by now.
            timer.start(deadlines, nanosLeft(work), () -> {
                lane.expire(attempt);
                end.expire();
            });
        } catch (Throwable e) {
            // Nobody else might end it.
            lane.expire(attempt);
        }
        return call;
    }

    /** Ends a request that came to no attempt. */
    Call giveUp(Work work, Throwable cause) {
        work.lane().servable().release();
        return endEarly(work.request(), work.answer(), cause);
    }

    static Call endEarly(InferenceRequest request, Answer answer, Throwable cause) {
        request.memory().close();
        WeirException failure = cause instanceof WeirException known
                ? known
                : new PredictionFailed(FailureCode.INTERNAL_ERROR, "the server failed on this request", cause);
        answer.failed(failure, null);
        return () -> {};
    }

    private AttemptEnd end(
            Work work, Deadlines.Timer timer, @Nullable RecordPlan plan, @Nullable Room room, RecordPlan.Need need) {
        PredictionId id = work.id();
        InferenceRequest request = work.request();
        Deployment deployment = work.deployment();
        Route route = work.route();
        Answer answer = work.answer();
        Instant started = clock.instant();
        RecordDraft draft = plan == null || room == null
                ? null
                : new RecordDraft(
                        plan,
                        room,
                        need,
                        id,
                        request,
                        started,
                        route,
                        work.admission().caller(),
                        work.tags(),
                        work.subjectKey());
        return new AttemptEnd(
                recorder,
                draft,
                timer,
                (result, code, timing) -> settlements.publish(
                        new Settlement(
                                id,
                                request.requestId(),
                                deployment.name(),
                                route.variant().version(),
                                route.variant().name(),
                                route.variant().role(),
                                result,
                                code,
                                request.rows(),
                                started,
                                timing),
                        work.lane().servable().statistics()),
                new AttemptEnd.Answered() {
                    @Override
                    public void succeeded(InferenceResponse response) {
                        answer.succeeded(new Prediction(
                                id, deployment.name(), deployment.spec().disclosure(), route, response));
                    }

                    @Override
                    public void failed(WeirException failure) {
                        answer.failed(failure, id);
                    }
                });
    }

    /** Returns what a caller is told whose prediction finds no room in the log. */
    static Overloaded noRoom() {
        return new Overloaded(
                FailureCode.LOG_FULL,
                "there is no room to put the prediction on record; try again",
                Duration.ofSeconds(1));
    }
}
