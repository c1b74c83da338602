package dev.weir.predictionlog;

import dev.weir.failure.FailureCode;
import dev.weir.inference.CallerRole;
import dev.weir.inference.PredictionId;
import dev.weir.inference.RequestId;
import dev.weir.inference.Settlement;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The record of one attempt: one variant's execution for one request, however it ended.
 *
 * @param id the attempt
 * @param requestId the request it belongs to
 * @param started wall-clock time of its start, to the microsecond
 * @param context what it has in common with other attempts
 * @param routing why this variant
 * @param callerId who called; never a secret
 * @param callerRoles what the caller may do
 * @param subjectKey a keyed digest that stands for whom the request is about, such as {@code hmac:k3:…}; null when it
 *     does not say
 * @param inferenceIds the caller's own id of each row; empty, or as many as there are rows
 * @param traceId the W3C trace id, or null
 * @param spanId the W3C id of the caller's span, or null
 * @param result how it ended
 * @param code why it failed; null when it did not
 * @param timing where its time went
 * @param rows rows in the request
 * @param callRows rows in the native call that answered it, which may have answered others too; 0 when there was none
 * @param payload inputs and outputs
 */
public record PredictionRecord(
        PredictionId id,
        RequestId requestId,
        Instant started,
        RecordContext context,
        Routing routing,
        String callerId,
        Set<CallerRole> callerRoles,
        @Nullable String subjectKey,
        List<String> inferenceIds,
        @Nullable String traceId,
        @Nullable String spanId,
        Settlement.Result result,
        @Nullable FailureCode code,
        Settlement.Timing timing,
        int rows,
        int callRows,
        Payload payload)
        implements LogEntry {

    /** Copies the collections. */
    public PredictionRecord {
        callerRoles = Set.copyOf(callerRoles);
        inferenceIds = List.copyOf(inferenceIds);
    }

    /** Returns this record with another payload. */
    public PredictionRecord withPayload(Payload other) {
        return new PredictionRecord(
                id,
                requestId,
                started,
                context,
                routing,
                callerId,
                callerRoles,
                subjectKey,
                inferenceIds,
                traceId,
                spanId,
                result,
                code,
                timing,
                rows,
                callRows,
                other);
    }

    /**
     * Why a variant made an attempt.
     *
     * @param reason the route's reason, a word
     * @param bucket where the sticky key fell, 0 to 9999; null when nothing was hashed
     * @param propensity the probability with which this variant was chosen; null when nothing was
     * @param primary the attempt of the primary that this one shadows or was answered by; null when there is none
     */
    public record Routing(
            String reason,
            @Nullable Integer bucket,
            @Nullable Double propensity,
            @Nullable PredictionId primary) {}
}
