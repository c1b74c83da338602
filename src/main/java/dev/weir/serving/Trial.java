package dev.weir.serving;

import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.WeirException;
import dev.weir.inference.InferenceRequest;
import dev.weir.inference.PredictionId;
import dev.weir.inference.RequestMemory;
import dev.weir.inference.Ticker;
import dev.weir.routing.Route;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import org.jspecify.annotations.Nullable;

/**
 * A request that fell on a variant which is on trial: a canary or an arm. It is tried first, with part of the time; when it
 * fails, the primary answers with the rest, and the caller learns of one answer alone. The request's memory stays here until it is
 * clear that the primary does not need it.
 */
final class Trial implements Answer, Predictions.Call {

    private static final Log LOG = Log.of(Trial.class);

    private final Router router;
    private final Attempts attempts;
    private final Ticker ticker;
    private final Work work;
    private final Breaker breaker;
    private final RequestMemory memory;
    private boolean isEnough;
    private Predictions.@Nullable Call running;
    private boolean isFallenBack;
    private boolean cancelled;

    Trial(Router router, Attempts attempts, Ticker ticker, Work work) {
        this.router = router;
        this.attempts = attempts;
        this.ticker = ticker;
        this.work = work;
        this.breaker = router.breaker(work.snapshot(), work.deployment(), work.route());
        this.memory = work.request().memory();
    }

    /** Starts the trial; it may be over when this returns. */
    Predictions.Call begin() {
        long left = work.admission().deadlineNanos() - ticker.nanos();
        long reserve = Router.reserve(work.deployment(), left);
        // A caller in a hurry says nothing of the variant.
        isEnough = 2 * (left - reserve) >= work.deployment().spec().timeout().toNanos();
        InferenceRequest request = work.request();
        InferenceRequest leased;
        try {
            leased = new InferenceRequest(
                    request.requestId(), request.inputs(), request.outputs(), request.rows(), memory.lease());
        } catch (Throwable e) {
            breaker.end(Breaker.Verdict.NEITHER, ticker.nanos());
            return attempts.giveUp(work, e);
        }
        Admission terms = work.admission().until(work.admission().deadlineNanos() - reserve);
        go(attempts.begin(work.with(terms, leased, this)), false);
        return this;
    }

    private void go(Predictions.Call call, boolean isFallback) {
        boolean late;
        synchronized (this) {
            if (isFallenBack && !isFallback) {
                return; // it failed before this came to know of it
            }
            isFallenBack = isFallback;
            running = call;
            late = cancelled;
        }
        if (late) {
            call.cancel();
        }
    }

    @Override
    public void routed(PredictionId id, Route route) {
        work.answer().routed(id, route);
    }

    @Override
    public void succeeded(Prediction prediction) {
        end(Breaker.Verdict.FINE);
        memory.close();
        work.answer().succeeded(prediction);
    }

    @Override
    public void failed(WeirException failure, @Nullable PredictionId id) {
        FailureCode code = failure.code();
        boolean isLost =
                switch (code) {
                    case CANCELLED, SHUTTING_DOWN, LOG_FULL, LOG_UNAVAILABLE -> true;
                    default -> false;
                };
        end(isLost ? Breaker.Verdict.NEITHER : verdict(code));
        synchronized (this) {
            isLost |= cancelled;
        }
        if (isLost) {
            memory.close();
            work.answer().failed(failure, id);
            return;
        }
        router.count(work.deployment(), work.route(), FallbackReason.of(code));
        tell(failure, id);
        if (code == FailureCode.DEADLINE_EXCEEDED) {
            attempts.goOn(() -> fallBack(id)); // the timer's thread wakes others, too
        } else {
            fallBack(id);
        }
    }

    private void fallBack(@Nullable PredictionId id) {
        Work rest;
        try {
            rest = router.fallback(work);
        } catch (Throwable e) {
            memory.close();
            work.answer().failed(e instanceof WeirException known ? known : internal(e), id);
            return;
        }
        go(attempts.begin(rest), true);
    }

    private Breaker.Verdict verdict(FailureCode code) {
        return switch (code) {
            case EXECUTION_FAILED, INVALID_OUTPUT, INTERNAL_ERROR -> Breaker.Verdict.FAILED;
            case DEADLINE_EXCEEDED -> isEnough ? Breaker.Verdict.FAILED : Breaker.Verdict.NEITHER;
            default -> Breaker.Verdict.NEITHER;
        };
    }

    private void end(Breaker.Verdict verdict) {
        if (breaker.end(verdict, ticker.nanos())) {
            LOG.warn(
                            breaker.isOpen()
                                    ? "a variant fails too often; the primary answers for it"
                                    : "a variant that failed too often answers again")
                    .with(LogKey.DEPLOYMENT, work.deployment().name())
                    .with(LogKey.VARIANT, work.route().variant().name())
                    .with(LogKey.VERSION, work.route().variant().version().version())
                    .write();
        }
    }

    private void tell(WeirException failure, @Nullable PredictionId id) {
        LOG.warn("a variant failed, and the primary answers for it")
                .with(LogKey.REQUEST_ID, work.request().requestId())
                .with(LogKey.PREDICTION_ID, id)
                .with(LogKey.DEPLOYMENT, work.deployment().name())
                .with(LogKey.VARIANT, work.route().variant().name())
                .with(LogKey.VERSION, work.route().variant().version().version())
                .with(LogKey.CODE, failure.code())
                .cause(failure.getCause())
                .write();
    }

    private static PredictionFailed internal(Throwable cause) {
        return new PredictionFailed(FailureCode.INTERNAL_ERROR, "the server failed on this request", cause);
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
        }
    }
}
