package dev.weir.servable;

import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.WeirException;
import dev.weir.inference.InferenceRequest;
import dev.weir.inference.InferenceResponse;
import dev.weir.inference.Settlement.Timing;
import dev.weir.inference.TensorRows;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One execution of one variant for one request, from submission to its single end.
 *
 * <p>Two things end independently: the <em>answer</em> (exactly once, by the run, the deadline or the caller leaving,
 * whichever is first) and the <em>native call</em> (whose return alone frees memory and handle).
 */
public final class Attempt {

    private static final Log LOG = Log.of(Attempt.class);

    private enum Phase {
        QUEUED,
        RUNNING,
        OVER
    }

    private final InferenceRequest request;
    private final long submittedNanos;
    private final long deadlineNanos;
    private final Completion completion;
    private final Cancellation cancellation = new Cancellation();
    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.QUEUED);
    private final AtomicInteger answers = new AtomicInteger();

    /**
     * Creates an attempt.
     *
     * @param submittedNanos the monotonic time now
     * @param deadlineNanos the monotonic time after which the answer is worthless
     * @param completion gets the end, exactly once, on a compute, timer or submitting thread; must not block
     */
    public Attempt(InferenceRequest request, long submittedNanos, long deadlineNanos, Completion completion) {
        this.request = request;
        this.submittedNanos = submittedNanos;
        this.deadlineNanos = deadlineNanos;
        this.completion = completion;
    }

    /** Gets an attempt's end. */
    public interface Completion {

        /**
         * The model answered in time.
         *
         * @param callRows rows in the native call, which may have answered other attempts too
         */
        void succeeded(InferenceResponse response, Timing timing, int callRows);

        /** The attempt ended without an answer. */
        void failed(WeirException failure, Timing timing);
    }

    InferenceRequest request() {
        return request;
    }

    /** Says whether one native call can answer both. */
    boolean mayShareCallWith(Attempt other) {
        return request.outputs().equals(other.request.outputs())
                && TensorRows.isJoinable(request.inputs(), other.request.inputs());
    }

    Cancellation cancellation() {
        return cancellation;
    }

    long submittedNanos() {
        return submittedNanos;
    }

    boolean isExpired(long nowNanos) {
        return nowNanos - deadlineNanos >= 0;
    }

    /** Claims the start; false when the attempt ended in the queue. */
    boolean begin() {
        return phase.compareAndSet(Phase.QUEUED, Phase.RUNNING);
    }

    /** Claims the end of an attempt that never began; false when it runs or is over. */
    boolean abandon() {
        return phase.compareAndSet(Phase.QUEUED, Phase.OVER);
    }

    /** Marks the native call as returned. */
    void end() {
        phase.set(Phase.OVER);
    }

    void succeed(InferenceResponse response, Timing timing, int callRows) {
        answer(() -> completion.succeeded(response, timing, callRows));
    }

    /** Answers with a failure; false when it was answered before. */
    boolean fail(WeirException failure, Timing timing) {
        return answer(() -> completion.failed(failure, timing));
    }

    /** Answers if nobody did; a completion that throws must not harm the attempts that are served next. */
    private boolean answer(Runnable answer) {
        boolean first = answers.getAndIncrement() == 0;
        if (first) {
            try {
                answer.run();
            } catch (Throwable e) {
                LOG.error("an attempt's end can't be delivered")
                        .with(LogKey.REQUEST_ID, request.requestId())
                        .cause(e)
                        .write();
            }
        }
        return first;
    }

    /** Returns what a caller is told whose deadline passed. */
    public static PredictionFailed expired() {
        return new PredictionFailed(FailureCode.DEADLINE_EXCEEDED, "the deadline passed before the model answered");
    }
}
