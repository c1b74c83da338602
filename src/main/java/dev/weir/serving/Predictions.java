package dev.weir.serving;

import dev.weir.deployment.Deployment;
import dev.weir.deployment.DeploymentConfig;
import dev.weir.deployment.ServingState;
import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.RequestRejected;
import dev.weir.failure.WeirException;
import dev.weir.inference.Caller;
import dev.weir.inference.CallerRole;
import dev.weir.inference.InferenceRequest;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.Ticker;
import dev.weir.predictionlog.RecordTags;
import dev.weir.servable.Attempt;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The pipeline of a prediction. An edge calls {@link #admit} with the request's head, decodes the body against the
 * promise it gets, and calls {@link #predict}. Thread-safe; never blocks.
 */
@Singleton
public class Predictions {

    private final ServingState state;
    private final Router router;
    private final Attempts attempts;
    private final Ticker ticker;
    private final DeploymentConfig limits;

    /** Collects the stations of the walk. */
    @Inject
    Predictions(ServingState state, Router router, Attempts attempts, Ticker ticker, DeploymentConfig limits) {
        this.state = state;
        this.router = router;
        this.attempts = attempts;
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
            Router.pin(deployment, version);
        }
        ModelSignature promise = deployment.promise();
        if (promise == null) {
            throw Router.notReady();
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
        return router.find(name);
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
            work = router.route(admission, request, tags, answer);
        } catch (Throwable e) {
            return Attempts.endEarly(request, answer, e);
        }
        return work.route().isOnTrial() ? new Trial(router, attempts, ticker, work).begin() : attempts.begin(work);
    }
}
