package dev.weir.serving;

import dev.weir.deployment.Deployment;
import dev.weir.deployment.DeploymentConfig;
import dev.weir.deployment.Disclosure;
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

    /** Collects the stations of the walk. */
    @Inject
    public Predictions(
            ServingState state,
            Settlements settlements,
            Deadlines deadlines,
            PredictionIds ids,
            InstantSource clock,
            Ticker ticker,
            DeploymentConfig limits) {
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
        Deployment deployment = Names.isName(name) ? state.current().deployment(name) : null;
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
     * @param answer gets the end, perhaps before this returns
     */
    public Call predict(Admission admission, InferenceRequest request, Answer answer) {
        Route route;
        Lane lane;
        Deployment deployment;
        try {
            // A version may close between the look-up and the retain. The next snapshot then has its successor, unless
            // the server is on its way out, which alone is no reason to refuse what was admitted.
            while (true) {
                deployment = find(admission.deployment().name());
                String version = admission.version();
                route = version == null ? deployment.route() : pin(deployment, version);
                if (route == null) {
                    throw notReady();
                }
                lane = deployment.lane(route.variant());
                if (lane == null) {
                    throw notReady();
                }
                if (lane.servable().retain()) {
                    break;
                }
                if (state.isDraining()) {
                    throw notReady();
                }
            }
        } catch (Throwable e) {
            return endEarly(request, answer, e);
        }
        return run(admission, request, answer, deployment, route, lane);
    }

    private Call run(
            Admission admission,
            InferenceRequest request,
            Answer answer,
            Deployment deployment,
            Route route,
            Lane lane) {
        Deadlines.Timer timer;
        Attempt attempt;
        Call call;
        try {
            timer = new Deadlines.Timer();
            attempt = attempt(admission, request, answer, timer, deployment, route, lane);
            call = () -> lane.cancel(attempt);
        } catch (Throwable e) {
            lane.servable().release();
            return endEarly(request, answer, e);
        }
        try {
            lane.submit(attempt);
            // Does nothing for an attempt that is answered by now.
            timer.start(deadlines, admission.deadlineNanos() - ticker.nanos(), () -> lane.expire(attempt));
        } catch (Throwable e) {
            // Nobody else might end it.
            lane.expire(attempt);
        }
        return call;
    }

    private static Call endEarly(InferenceRequest request, Answer answer, Throwable cause) {
        request.memory().close();
        WeirException failure = cause instanceof WeirException known
                ? known
                : new PredictionFailed(FailureCode.INTERNAL_ERROR, "the server failed on this request", cause);
        answer.failed(failure, null);
        return () -> {};
    }

    private Attempt attempt(
            Admission admission,
            InferenceRequest request,
            Answer answer,
            Deadlines.Timer timer,
            Deployment deployment,
            Route route,
            Lane lane) {
        PredictionId id = ids.next();
        answer.routed(id, route);
        Instant started = clock.instant();
        return new Attempt(request, ticker.nanos(), admission.deadlineNanos(), new Attempt.Completion() {
            @Override
            public void succeeded(InferenceResponse response, Settlement.Timing timing) {
                timer.cancel();
                try {
                    settle(Settlement.Result.OK, null, timing);
                } finally {
                    answer.succeeded(new Prediction(
                            id, deployment.name(), deployment.spec().disclosure(), route, response));
                }
            }

            @Override
            public void failed(WeirException failure, Settlement.Timing timing) {
                timer.cancel();
                try {
                    settle(Settlements.result(failure), failure.code(), timing);
                } finally {
                    answer.failed(failure, id);
                }
            }

            private void settle(Settlement.Result result, @Nullable FailureCode code, Settlement.Timing timing) {
                settlements.publish(
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
                        lane.servable().statistics());
            }
        });
    }

    private static PredictionFailed notReady() {
        return new PredictionFailed(FailureCode.MODEL_NOT_READY, "the model is deployed, but not ready");
    }
}
