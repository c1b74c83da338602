package dev.weir.servable;

import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.WeirException;
import dev.weir.inference.InferenceResponse;
import dev.weir.inference.Settlement.Timing;
import dev.weir.inference.Ticker;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * A variant's way to the compute threads: its concurrency cap, its bounded queue, and what happens to an attempt in
 * them.
 *
 * <p>Thread-safe. A lane needs no closing: what waits in it runs or expires, and holds its servable until then.
 */
public final class Lane {

    private static final Log LOG = Log.of(Lane.class);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final Servable servable;
    private final LaneQueue queue;
    private final Executor compute;
    private final Ticker ticker;

    /**
     * Creates an empty lane.
     *
     * @param concurrency native calls at a time, at least 1
     * @param capacity attempts that may wait, 0 or more
     */
    public Lane(Servable servable, int concurrency, int capacity, Executor compute, Ticker ticker) {
        this.servable = servable;
        this.queue = new LaneQueue(concurrency, capacity);
        this.compute = compute;
        this.ticker = ticker;
    }

    /** Returns the version this lane leads to. */
    public Servable servable() {
        return servable;
    }

    /** Returns how many attempts wait. */
    public int depth() {
        return queue.depth();
    }

    /**
     * Runs an attempt now, later or never; its completion says which. Takes over one use from the caller's
     * {@link Servable#retain} and the request's memory, and gives both back when the native call returns or is ruled out.
     */
    public void submit(Attempt attempt) {
        switch (queue.enter(attempt)) {
            case RUN -> dispatch(attempt);
            case WAIT -> {}
            case FULL ->
                turnAway(
                        attempt,
                        new Overloaded(FailureCode.QUEUE_FULL, "the model's queue is full; try again", RETRY_AFTER));
        }
    }

    private void turnAway(Attempt attempt, WeirException why) {
        if (attempt.abandon()) {
            giveBack(attempt);
            attempt.fail(why, Timing.NONE);
        }
    }

    /** Ends an attempt whose deadline passed: it is dropped from the queue, or its native call is asked to stop. */
    public void expire(Attempt attempt) {
        stop(attempt, Attempt.expired());
    }

    /** Ends an attempt whose caller went away. */
    public void cancel(Attempt attempt) {
        stop(attempt, new PredictionFailed(FailureCode.CANCELLED, "the caller went away"));
    }

    private void stop(Attempt attempt, WeirException why) {
        Timing timing = new Timing(ticker.nanos() - attempt.submittedNanos(), 0, 0, 0);
        if (attempt.abandon()) {
            queue.remove(attempt);
            giveBack(attempt);
            attempt.fail(why, timing);
        } else {
            attempt.fail(why, timing);
            attempt.cancellation().cancel();
        }
    }

    /** Hands an attempt over; once the threads are gone, it and all that wait are turned away, one after another. */
    private void dispatch(Attempt first) {
        for (Attempt attempt = first; attempt != null; attempt = queue.next()) {
            Attempt chosen = attempt;
            try {
                compute.execute(() -> runAndPassOn(chosen));
                return;
            } catch (RejectedExecutionException e) {
                turnAway(chosen, new Overloaded(FailureCode.SHUTTING_DOWN, "the server is shutting down", RETRY_AFTER));
            } catch (Throwable e) {
                turnAway(
                        chosen,
                        new PredictionFailed(FailureCode.INTERNAL_ERROR, "the server failed on this request", e));
            }
        }
    }

    private void runAndPassOn(Attempt attempt) {
        try {
            run(attempt);
        } finally {
            Attempt next = queue.next();
            if (next != null) {
                dispatch(next);
            }
        }
    }

    private void run(Attempt attempt) {
        long begun = ticker.nanos();
        long queued = begun - attempt.submittedNanos();
        if (attempt.isExpired(begun)) {
            expire(attempt);
            return;
        }
        if (!attempt.begin()) {
            return;
        }
        ModelRun run;
        try {
            run = servable.run(attempt.request().inputs(), attempt.request().outputs(), attempt.cancellation());
        } catch (Throwable thrown) {
            finish(attempt);
            WeirException failure = failure(thrown);
            boolean told = attempt.fail(failure, new Timing(queued, 0, ticker.nanos() - begun, 0));
            if (!told && failure.getCause() != null) {
                logLate(attempt, failure.getCause());
            }
            return;
        }
        finish(attempt);
        attempt.succeed(
                new InferenceResponse(run.outputs()),
                new Timing(queued, run.inputNanos(), run.computeNanos(), run.outputNanos()));
    }

    private void finish(Attempt attempt) {
        attempt.end();
        giveBack(attempt);
    }

    private void giveBack(Attempt attempt) {
        attempt.request().memory().close();
        servable.release();
    }

    /** Returns a failure that carries its cause; whoever is told of it logs it, once and with the request's route. */
    private static WeirException failure(Throwable thrown) {
        return thrown instanceof WeirException known
                ? known
                : new PredictionFailed(FailureCode.EXECUTION_FAILED, "the model failed on this request", thrown);
    }

    private void logLate(Attempt attempt, Throwable cause) {
        LOG.error("model failed after its request ended")
                .with(LogKey.REQUEST_ID, attempt.request().requestId())
                .with(LogKey.MODEL, servable.ref().model())
                .with(LogKey.VERSION, servable.ref().version())
                .cause(cause)
                .write();
    }
}
