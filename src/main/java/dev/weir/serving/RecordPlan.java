package dev.weir.serving;

import dev.weir.inference.InferenceRequest;
import dev.weir.predictionlog.LogPolicy;
import dev.weir.predictionlog.PackedTensors;
import dev.weir.predictionlog.RecordContext;
import dev.weir.predictionlog.RecordTags;
import java.util.concurrent.atomic.AtomicInteger;

/** How the attempts of one variant in one snapshot are recorded, and what their outputs take so far. Thread-safe. */
final class RecordPlan {

    /** What a record takes beside its payload, its ids and its names, which many share. */
    private static final int FIXED = 512;

    private static final int FIRST_GUESS = 1024;

    private final LogPolicy policy;
    private final RecordContext context;
    private final AtomicInteger outputBytes = new AtomicInteger(FIRST_GUESS);

    RecordPlan(LogPolicy policy, RecordContext context) {
        this.policy = policy;
        this.context = context;
    }

    LogPolicy policy() {
        return policy;
    }

    RecordContext context() {
        return context;
    }

    /** Returns the room that the record of a request will take, as far as that can be known before the model runs. */
    long room(InferenceRequest request, RecordTags tags) {
        long bytes = FIXED + roomOfIds(tags);
        if (policy.capture().inputs()) {
            bytes += Math.min(PackedTensors.estimate(request.inputs()), policy.maxPayload());
        }
        if (policy.capture().outputs()) {
            bytes += Math.min(outputBytes.get(), policy.maxPayload());
        }
        return bytes;
    }

    private static long roomOfIds(RecordTags tags) {
        long bytes = 0;
        for (String id : tags.inferenceIds()) {
            bytes += id.length() + 2L;
        }
        return bytes;
    }

    /** Returns the room that was taken for outputs. */
    int outputRoom() {
        return Math.min(outputBytes.get(), policy.maxPayload());
    }

    /** Learns what outputs take: more at once, less little by little. */
    void learn(int bytes) {
        int now = outputBytes.get();
        if (bytes > now || now - bytes > 64) {
            outputBytes.set(bytes > now ? bytes : now - ((now - bytes) >> 4));
        }
    }
}
