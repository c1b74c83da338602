package dev.weir.serving;

import dev.weir.failure.FailureCode;
import dev.weir.inference.Caller;
import dev.weir.inference.InferenceRequest;
import dev.weir.inference.PredictionId;
import dev.weir.inference.RequestId;
import dev.weir.inference.Settlement;
import dev.weir.inference.Tensor;
import dev.weir.predictionlog.Durability;
import dev.weir.predictionlog.LogPolicy;
import dev.weir.predictionlog.PackedTensors;
import dev.weir.predictionlog.Payload;
import dev.weir.predictionlog.PredictionLog.Room;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.RecordContext;
import dev.weir.predictionlog.RecordTags;
import dev.weir.routing.Assignment;
import dev.weir.routing.Route;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The record of an attempt that is under way: made before the model runs, while its inputs are there, and finished when it
 * ended. Used by one thread after the other.
 */
final class RecordDraft {

    /** The random bits at the end of a UUIDv7. */
    private static final int RANDOM_BITS = 62;

    private final RecordPlan plan;
    private final Room room;
    private final RecordPlan.Need need;
    private final PredictionId id;
    private final RequestId requestId;
    private final int rows;
    private final Instant started;
    private final Route route;
    private final Caller caller;
    private final RecordTags tags;
    private final @Nullable String subjectKey;
    private final boolean sampled;
    private final @Nullable PackedTensors inputs;
    private boolean truncated;

    /**
     * Copies what a record keeps of a request.
     *
     * @param room the room that there is
     * @param need what it was asked for
     * @param subjectKey what {@link RecordPlan#subjectKey} says
     */
    RecordDraft(
            RecordPlan plan,
            Room room,
            RecordPlan.Need need,
            PredictionId id,
            InferenceRequest request,
            Instant started,
            Route route,
            Caller caller,
            RecordTags tags,
            @Nullable String subjectKey) {
        LogPolicy policy = plan.policy();
        this.plan = plan;
        this.room = room;
        this.need = need;
        this.id = id;
        this.requestId = request.requestId();
        this.rows = request.rows();
        this.started = started;
        this.route = route;
        this.caller = caller;
        this.tags = tags;
        this.subjectKey = subjectKey;
        this.sampled = isSampled(id, policy.sample());
        this.inputs = sampled && policy.capture().inputs() ? inputs(request, policy) : null;
    }

    /** Says whether a record keeps its payload: by the id's own random bits, so that whoever has the id can tell. */
    static boolean isSampled(PredictionId id, double probability) {
        long random = id.value().getLeastSignificantBits() & ((1L << RANDOM_BITS) - 1);
        return random < probability * (1L << RANDOM_BITS);
    }

    private @Nullable PackedTensors inputs(InferenceRequest request, LogPolicy policy) {
        if (need.inputs() > policy.maxPayload()) {
            truncated = true;
            return null;
        }
        return plan.packInputs(request.inputs());
    }

    RecordContext context() {
        return plan.context();
    }

    Room room() {
        return room;
    }

    /** Says whether the answer waits until the record is on disk. */
    boolean isSync() {
        return plan.policy().durability() == Durability.SYNC;
    }

    /** Returns the record. */
    PredictionRecord finish(
            Settlement.Result result,
            @Nullable FailureCode code,
            Settlement.Timing timing,
            int callRows,
            List<Tensor> outputs) {
        LogPolicy policy = plan.policy();
        PackedTensors kept =
                sampled && policy.capture().outputs() && !outputs.isEmpty() ? outputs(outputs, policy) : null;
        return new PredictionRecord(
                id,
                requestId,
                started,
                plan.context(),
                routing(route),
                caller.id(),
                caller.roles(),
                subjectKey,
                tags.inferenceIds(),
                tags.traceId(),
                tags.spanId(),
                result,
                code,
                timing,
                rows,
                callRows,
                new Payload(policy.capture(), policy.sample(), sampled, truncated, false, inputs, kept));
    }

    private static PredictionRecord.Routing routing(Route route) {
        Assignment.Assigned assigned = route.assigned();
        return assigned == null
                ? new PredictionRecord.Routing(route.reason().word(), null, null, null)
                : new PredictionRecord.Routing(route.reason().word(), assigned.bucket(), assigned.propensity(), null);
    }

    private @Nullable PackedTensors outputs(List<Tensor> outputs, LogPolicy policy) {
        int room = policy.maxPayload() - (inputs == null ? 0 : inputs.bytes());
        long bytes = plan.estimateOutputs(outputs);
        if (bytes > room || (bytes > need.outputs() && !this.room.extend(bytes - need.outputs()))) {
            plan.learn((int) Math.min(bytes, Math.max(room, 0)));
            truncated = true;
            return null;
        }
        plan.learn((int) bytes);
        return plan.packOutputs(outputs);
    }
}
