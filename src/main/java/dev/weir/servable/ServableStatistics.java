package dev.weir.servable;

import dev.weir.inference.Settlement;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * A version's counts since it was loaded, as the protocol's statistics extension words them. Fed by settlements, and
 * by native calls.
 *
 * <p>Thread-safe; a snapshot's figures are each exact and may differ from one another by calls that ended meanwhile.
 */
public final class ServableStatistics {

    private final Duration success = new Duration();
    private final Duration failure = new Duration();
    private final Duration queue = new Duration();
    private final Duration input = new Duration();
    private final Duration compute = new Duration();
    private final Duration output = new Duration();
    private final LongAdder rows = new LongAdder();
    private final LongAdder executions = new LongAdder();
    private final AtomicLong lastInference = new AtomicLong();

    /** Counts a native call that answered, which may have been for several attempts. */
    void executed() {
        executions.increment();
    }

    /** Counts a settled attempt. */
    public void add(Settlement settlement) {
        Settlement.Timing timing = settlement.timing();
        queue.add(timing.queueNanos());
        lastInference.set(settlement.started().toEpochMilli());
        if (settlement.result() == Settlement.Result.OK) {
            success.add(timing.totalNanos());
            input.add(timing.inputNanos());
            compute.add(timing.computeNanos());
            output.add(timing.outputNanos());
            rows.add(settlement.rows());
        } else {
            failure.add(timing.totalNanos());
        }
    }

    /** Returns the figures now. */
    public Snapshot snapshot() {
        return new Snapshot(
                rows.sum(),
                executions.sum(),
                lastInference.get(),
                success.snapshot(),
                failure.snapshot(),
                queue.snapshot(),
                input.snapshot(),
                compute.snapshot(),
                output.snapshot());
    }

    /**
     * Figures at one moment.
     *
     * @param inferences rows answered
     * @param executions native calls that answered
     * @param lastInferenceMillis wall-clock time of the last attempt's start, 0 for none
     * @param success whole attempts that answered
     * @param fail whole attempts that did not
     * @param queue waiting
     * @param computeInput handing inputs over
     * @param computeInfer native calls
     * @param computeOutput taking outputs
     */
    public record Snapshot(
            long inferences,
            long executions,
            long lastInferenceMillis,
            Total success,
            Total fail,
            Total queue,
            Total computeInput,
            Total computeInfer,
            Total computeOutput) {

        /** Returns the figures of both together; the last start is the later one. */
        public Snapshot plus(Snapshot other) {
            return new Snapshot(
                    inferences + other.inferences,
                    executions + other.executions,
                    Math.max(lastInferenceMillis, other.lastInferenceMillis),
                    success.plus(other.success),
                    fail.plus(other.fail),
                    queue.plus(other.queue),
                    computeInput.plus(other.computeInput),
                    computeInfer.plus(other.computeInfer),
                    computeOutput.plus(other.computeOutput));
        }
    }

    /**
     * How often and how long in sum.
     *
     * @param count how often
     * @param nanos how long, in nanoseconds
     */
    public record Total(long count, long nanos) {

        /** Returns both together. */
        public Total plus(Total other) {
            return new Total(count + other.count, nanos + other.nanos);
        }
    }

    private static final class Duration {
        private final LongAdder count = new LongAdder();
        private final LongAdder nanos = new LongAdder();

        void add(long duration) {
            count.increment();
            nanos.add(duration);
        }

        Total snapshot() {
            return new Total(count.sum(), nanos.sum());
        }
    }
}
