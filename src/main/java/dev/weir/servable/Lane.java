package dev.weir.servable;

import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.WeirException;
import dev.weir.inference.InferenceRequest;
import dev.weir.inference.InferenceResponse;
import dev.weir.inference.Settlement.Timing;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorRows;
import dev.weir.inference.Ticker;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
    /** Calls that one thread makes in a row for one version, as long as they are short; others want it, too. */
    private static final int MAX_SHORT_CALLS = 16;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final Servable servable;
    private final LaneQueue queue;
    private final Executor compute;
    private final Ticker ticker;
    private final CallTime callTime = new CallTime();

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
        switch (queue.enter(attempt, sharing())) {
            case RUN -> dispatch(attempt);
            case WAIT -> {}
            case HELP -> dispatchNext();
            case FULL ->
                turnAway(
                        attempt,
                        new Overloaded(FailureCode.QUEUE_FULL, "the model's queue is full; try again", RETRY_AFTER));
        }
    }

    /**
     * Says how calls are shared now. Where a call is shorter than the way to another thread, one after another is faster for
     * everybody than several beside one another: fewer threads are woken, and more requests share a call.
     */
    private CallSharing sharing() {
        int maxRows = servable.maxBatchRows();
        return new CallSharing(maxRows, maxRows > 1 && callTime.isShort());
    }

    private void dispatchNext() {
        Attempt next = queue.next();
        if (next != null) {
            dispatch(next);
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
            Attempt behind = queue.help(); // who counted on a short call
            if (behind != null) {
                dispatch(behind);
            }
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

    /** Runs an attempt, and sees to it that those behind it run. */
    private void runAndPassOn(Attempt first) {
        Attempt attempt = first;
        for (int calls = 1; attempt != null; calls++) {
            Attempt next = null;
            boolean goesOn = false;
            try {
                run(attempt);
                goesOn = calls < MAX_SHORT_CALLS && sharing().oneAtATime();
            } finally {
                next = queue.next();
                if (next != null && !goesOn) {
                    dispatch(next);
                    next = null;
                }
            }
            attempt = next;
        }
    }

    private void run(Attempt first) {
        long begun = ticker.nanos();
        if (!begin(first, begun)) {
            return;
        }
        CallSharing calls = sharing();
        List<Attempt> companions = calls.maxRows() > 1 ? queue.companions(first, calls) : List.of();
        if (companions.isEmpty()) {
            runAlone(first, begun);
            return;
        }
        List<Attempt> batch = new ArrayList<>(companions.size() + 1);
        batch.add(first);
        for (Attempt companion : companions) {
            if (begin(companion, begun)) {
                batch.add(companion);
            }
        }
        runTogether(batch, begun);
    }

    private boolean begin(Attempt attempt, long now) {
        if (attempt.isExpired(now)) {
            expire(attempt);
            return false;
        }
        return attempt.begin();
    }

    private void runTogether(List<Attempt> batch, long begun) {
        ModelRun run;
        List<List<Tensor>> outputs;
        int[] rows =
                batch.stream().mapToInt(attempt -> attempt.request().rows()).toArray();
        SharedCancellation cancellation = SharedCancellation.of(batch);
        try {
            InferenceRequest first = batch.getFirst().request();
            List<Tensor> inputs = TensorRows.join(
                    batch.stream().map(attempt -> attempt.request().inputs()).toList(), first.memory());
            run = servable.run(inputs, first.outputs(), cancellation.ofCall());
            outputs = TensorRows.split(run.outputs(), rows);
        } catch (Throwable thrown) {
            cancellation.detach();
            boolean allFine = runEach(batch);
            if (allFine && !(thrown instanceof Overloaded)) {
                servable.refuseBatches();
            }
            return;
        }
        cancellation.detach();
        callTime.add(run.computeNanos());
        int callRows = Arrays.stream(rows).sum();
        for (int i = 0; i < batch.size(); i++) {
            Attempt attempt = batch.get(i);
            finish(attempt);
            attempt.succeed(new InferenceResponse(outputs.get(i)), timing(attempt, begun, run), callRows);
        }
    }

    /**
     * Runs each alone, so that nobody fails for what came along with it.
     *
     * @return whether all were answered
     */
    private boolean runEach(List<Attempt> batch) {
        boolean allFine = true;
        for (Attempt attempt : batch) {
            if (attempt.cancellation().isCancelled()) {
                finish(attempt);
                allFine = false;
            } else {
                allFine &= runAlone(attempt, ticker.nanos());
            }
        }
        return allFine;
    }

    private boolean runAlone(Attempt attempt, long begun) {
        ModelRun run;
        try {
            run = servable.run(attempt.request().inputs(), attempt.request().outputs(), attempt.cancellation());
        } catch (Throwable thrown) {
            finish(attempt);
            WeirException failure = failure(thrown);
            long queued = begun - attempt.submittedNanos();
            boolean told = attempt.fail(failure, new Timing(queued, 0, ticker.nanos() - begun, 0));
            if (!told && failure.getCause() != null) {
                logLate(attempt, failure.getCause());
            }
            return false;
        }
        callTime.add(run.computeNanos());
        finish(attempt);
        attempt.succeed(
                new InferenceResponse(run.outputs()),
                timing(attempt, begun, run),
                attempt.request().rows());
        return true;
    }

    private static Timing timing(Attempt attempt, long begun, ModelRun run) {
        return new Timing(begun - attempt.submittedNanos(), run.inputNanos(), run.computeNanos(), run.outputNanos());
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
