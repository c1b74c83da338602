package dev.weir.inference;

import dev.weir.failure.FailureCode;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The result of one attempt, published exactly once, before its answer leaves. Counters and statistics come from
 * settlements alone.
 *
 * @param predictionId the attempt
 * @param requestId the request it belongs to
 * @param deployment the deployment that was called
 * @param version the version that was assigned
 * @param variant the variant's name
 * @param role the variant's role
 * @param result how it ended
 * @param code why it failed; null when it did not
 * @param rows rows in the request
 * @param started wall-clock time of the attempt's start
 * @param timing where its time went
 */
public record Settlement(
        PredictionId predictionId,
        RequestId requestId,
        String deployment,
        VersionRef version,
        String variant,
        VariantRole role,
        Result result,
        @Nullable FailureCode code,
        int rows,
        Instant started,
        Timing timing) {

    /** How an attempt ended. */
    public enum Result {
        /** The model answered. */
        OK,
        /** The model failed. */
        ERROR,
        /** The runtime can't take the caller's input. */
        REFUSED,
        /** The deadline passed first. */
        TIMEOUT,
        /** The variant had no room. */
        REJECTED,
        /** The caller went away first. */
        CANCELLED;

        /** Returns the word used in metrics and records. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Durations of an attempt's phases, in nanoseconds of the monotonic clock.
     *
     * @param queueNanos from submission to the start of the native call, or to its end in the queue
     * @param inputNanos handing the inputs to the runtime
     * @param computeNanos the native call
     * @param outputNanos taking the outputs from the runtime
     */
    public record Timing(long queueNanos, long inputNanos, long computeNanos, long outputNanos) {

        /** No time in any phase. */
        public static final Timing NONE = new Timing(0, 0, 0, 0);

        /** Returns the sum of all phases. */
        public long totalNanos() {
            return queueNanos + inputNanos + computeNanos + outputNanos;
        }
    }
}
