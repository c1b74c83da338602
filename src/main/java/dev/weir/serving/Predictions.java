package dev.weir.serving;

import dev.weir.deployment.Deployment;
import dev.weir.deployment.DeploymentConfig;
import dev.weir.deployment.Disclosure;
import dev.weir.deployment.ServingSnapshot;
import dev.weir.deployment.ServingState;
import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.RequestRejected;
import dev.weir.failure.WeirException;
import dev.weir.inference.Caller;
import dev.weir.inference.CallerRole;
import dev.weir.inference.InferenceRequest;
import dev.weir.inference.InferenceResponse;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.Names;
import dev.weir.inference.PredictionId;
import dev.weir.inference.Settlement;
import dev.weir.inference.Ticker;
import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.PredictionLog;
import dev.weir.predictionlog.PredictionLog.Room;
import dev.weir.predictionlog.RecordTags;
import dev.weir.routing.Route;
import dev.weir.servable.Attempt;
import dev.weir.servable.Lane;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * The pipeline of a prediction. An edge calls {@link #admit} with the request's head, decodes the body against the
 * promise it gets, and calls {@link #predict}. Thread-safe; never blocks.
 */
@Singleton
public class Predictions {

    private final ServingState state;
    private final Settlements settlements;
    private final Deadlines deadlines;
    private final PredictionIds ids;
    private final InstantSource clock;
    private final Ticker ticker;
    private final DeploymentConfig limits;
    private final Recorder recorder;

    /** Collects the stations of the walk. */
    @Inject
    public Predictions(
            ServingState state,
            Settlements settlements,
            Deadlines deadlines,
            PredictionIds ids,
            InstantSource clock,
            Ticker ticker,
            DeploymentConfig limits,
            Recorder recorder) {
        this.recorder = recorder;
        this.state = state;
        this.settlements = settlements;
        this.deadlines = deadlines;
        this.ids = ids;
        this.clock = clock;
        this.ticker = ticker;
        this.limits = limits;
    }

    /**
     * Decides whether a request's body is worth reading.
     *
     * @param name the deployment's name as the caller wrote it
     * @param version the version the caller pins, or null
     * @param timeout how long the caller waits, as the header says, or null
     * @throws WeirException when it is not: no such deployment or version, not ready, not allowed, shutting down
     */
    public Admission admit(String name, @Nullable String version, Caller caller, @Nullable Duration timeout) {
        if (!caller.may(CallerRole.PREDICT)) {
            throw new RequestRejected(FailureCode.FORBIDDEN, "this needs role predict");
        }
        if (state.isDraining()) {
            throw new Overloaded(FailureCode.SHUTTING_DOWN, "the server is shutting down", Duration.ofSeconds(1));
        }
        Deployment deployment = find(name);
        if (version != null) {
            pin(deployment, version);
        }
        ModelSignature promise = deployment.promise();
        if (promise == null) {
            throw notReady();
        }
        return new Admission(
                deployment,
                promise,
                version,
                caller,
                ticker.nanos() + timeout(deployment, timeout).toNanos());
    }

    private Duration timeout(Deployment deployment, @Nullable Duration asked) {
        if (asked == null) {
            return deployment.spec().timeout();
        }
        if (!asked.isPositive() || asked.compareTo(limits.maxTimeout()) > 0) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD,
                    "a timeout must be above 0 and at most "
                            + limits.maxTimeout().toMillis() + " ms",
                    "Weir-Timeout-Ms",
                    limits.maxTimeout().toMillis());
        }
        return asked;
    }

    /** Returns an admission whose deadline is not later than {@code timeout} from now. */
    public Admission within(Admission admission, Duration timeout) {
        long now = ticker.nanos();
        // Compared as durations: a caller may name a time that no 64 bits of nanoseconds hold.
        if (timeout.compareTo(Duration.ofNanos(admission.deadlineNanos() - now)) >= 0) {
            return admission;
        }
        return new Admission(
                admission.deployment(),
                admission.promise(),
                admission.version(),
                admission.caller(),
                now + timeout.toNanos());
    }

    /** Returns how many milliseconds are left until an admission's deadline, rounded up; less than 1 once it passed. */
    public long millisLeft(Admission admission) {
        return millis(admission.deadlineNanos() - ticker.nanos());
    }

    /** Returns nanoseconds as milliseconds, rounded up, so that a timer never fires before its time. */
    public static long millis(long nanos) {
        return Math.ceilDiv(nanos, 1_000_000L);
    }

    /**
     * Checks that an admission's deadline did not pass.
     *
     * @throws PredictionFailed when it did
     */
    public void requireTime(Admission admission) {
        if (admission.deadlineNanos() - ticker.nanos() <= 0) {
            throw expired();
        }
    }

    /** Returns what a caller is told whose deadline passed. */
    public static PredictionFailed expired() {
        return Attempt.expired();
    }

    /**
     * Finds a deployment that serves now.
     *
     * @throws RequestRejected when there is none
     */
    public Deployment find(String name) {
        return find(state.current(), name);
    }

    private static Deployment find(ServingSnapshot snapshot, String name) {
        Deployment deployment = Names.isName(name) ? snapshot.deployment(name) : null;
        if (deployment == null) {
            throw new RequestRejected(FailureCode.UNKNOWN_MODEL, "no model of this name is deployed", "model");
        }
        return deployment;
    }

    private static Route pin(Deployment deployment, String version) {
        boolean disclosed = deployment.spec().disclosure() != Disclosure.OPAQUE;
        Route route = disclosed && Names.isName(version) ? deployment.pin(version) : null;
        if (route == null) {
            throw new RequestRejected(FailureCode.UNKNOWN_VERSION, "the model has no such version deployed", "version");
        }
        return route;
    }

    /** A request on its way, for an edge that learns that nobody waits for it any more. Thread-safe. */
    @FunctionalInterface
    public interface Call {

        /** Ends the request as {@code CANCELLED}, unless it has ended; its {@link Answer} is told. */
        void cancel();
    }

    /**
     * Runs an admitted request and takes its memory over, whatever happens; throws nothing.
     *
     * @param tags what the caller says of it beside its inputs
     * @param answer gets the end, perhaps before this returns
     */
    public Call predict(Admission admission, InferenceRequest request, RecordTags tags, Answer answer) {
        Work work;
        try {
            work = route(admission, request, tags, answer);
        } catch (Throwable e) {
            return endEarly(request, answer, e);
        }
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
            work = work.about(plan.subjectKey(request, tags));
            need = plan.need(request, tags);
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

    /**
     * A request that was routed, and holds a use of the servable it was routed to.
     *
     * @param snapshot what it was routed by
     * @param subjectKey what stands for whom it is about in its record; null when it does not say, or is not recorded
     */
    record Work(
            Admission admission,
            InferenceRequest request,
            RecordTags tags,
            Answer answer,
            ServingSnapshot snapshot,
            Deployment deployment,
            Route route,
            Lane lane,
            @Nullable String subjectKey) {

        Work about(@Nullable String key) {
            return key == null
                    ? this
                    : new Work(admission, request, tags, answer, snapshot, deployment, route, lane, key);
        }
    }

    private Work route(Admission admission, InferenceRequest request, RecordTags tags, Answer answer) {
        // A version may close between the look-up and the retain. The next snapshot then has its successor, unless the
        // server is on its way out, which alone is no reason to refuse what was admitted.
        while (true) {
            ServingSnapshot snapshot = state.current();
            Deployment deployment = find(snapshot, admission.deployment().name());
            String version = admission.version();
            Route route = version == null ? deployment.route() : pin(deployment, version);
            if (route == null) {
                throw notReady();
            }
            Lane lane = deployment.lane(route.variant());
            if (lane == null) {
                throw notReady();
            }
            if (lane.servable().retain()) {
                return new Work(admission, request, tags, answer, snapshot, deployment, route, lane, null);
            }
            if (state.isDraining()) {
                throw notReady();
            }
        }
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

    /** Goes on with a request that waited for room, on a thread of its own. */
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
            PredictionId id = ids.next();
            work.answer().routed(id, work.route());
            end = end(work, id, timer, plan, room, need);
            attempt =
                    new Attempt(work.request(), ticker.nanos(), work.admission().deadlineNanos(), end);
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

    private static Call endEarly(InferenceRequest request, Answer answer, Throwable cause) {
        request.memory().close();
        WeirException failure = cause instanceof WeirException known
                ? known
                : new PredictionFailed(FailureCode.INTERNAL_ERROR, "the server failed on this request", cause);
        answer.failed(failure, null);
        return () -> {};
    }

    private AttemptEnd end(
            Work work,
            PredictionId id,
            Deadlines.Timer timer,
            @Nullable RecordPlan plan,
            @Nullable Room room,
            RecordPlan.Need need) {
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

    private static PredictionFailed notReady() {
        return new PredictionFailed(FailureCode.MODEL_NOT_READY, "the model is deployed, but not ready");
    }
}
