package dev.weir.serving;

import dev.weir.inference.InferenceRequest;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.Tensor;
import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.LogPolicy;
import dev.weir.predictionlog.PackedTensors;
import dev.weir.predictionlog.RecordContext;
import dev.weir.predictionlog.RecordTags;
import dev.weir.predictionlog.Redactor;
import dev.weir.predictionlog.SubjectReader;
import dev.weir.predictionlog.SubjectSource;
import dev.weir.predictionlog.Subjects;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** How the attempts of one variant in one snapshot are recorded, and what their outputs take so far. Thread-safe. */
final class RecordPlan {

    /** What a record takes beside its payload, its ids and its names, which many share. */
    private static final int FIXED = 512;

    private static final int FIRST_GUESS = 1024;

    private final LogPolicy policy;
    private final RecordContext context;
    private final Redactor inputs;
    private final Redactor outputs;
    private final Subjects subjects;
    private final @Nullable SubjectReader subject;
    private final AtomicInteger outputBytes = new AtomicInteger(FIRST_GUESS);

    /** Makes the plan of attempts of a version with this signature. */
    RecordPlan(LogPolicy policy, RecordContext context, ModelSignature signature, Keyring keyring, Subjects subjects) {
        this.policy = policy;
        this.context = context;
        this.inputs = Redactor.of(policy, signature.inputs(), keyring);
        this.outputs = Redactor.of(policy, signature.outputs(), keyring);
        this.subjects = subjects;
        this.subject = policy.subject() instanceof SubjectSource.Feature feature
                ? SubjectReader.of(feature, signature.inputs())
                : null;
    }

    /**
     * Returns what stands for whom a request is about, or null when it does not say.
     *
     * @throws dev.weir.failure.RequestRejected when it says so of several
     */
    @Nullable
    String subjectKey(InferenceRequest request, RecordTags tags) {
        String named = subject == null ? tags.subject() : subject.read(request.inputs());
        return named == null ? null : subjects.key(named);
    }

    PackedTensors packInputs(List<Tensor> tensors) {
        return inputs.pack(tensors);
    }

    PackedTensors packOutputs(List<Tensor> tensors) {
        return outputs.pack(tensors);
    }

    LogPolicy policy() {
        return policy;
    }

    RecordContext context() {
        return context;
    }

    /**
     * The room of a record.
     *
     * @param bytes all of it
     * @param inputs the bytes of it that its inputs take at most, packed
     * @param outputs the bytes of it that are meant for its outputs
     */
    record Need(long bytes, long inputs, int outputs) {

        /** Nothing is recorded. */
        static final Need NONE = new Need(0, 0, 0);
    }

    /** Returns the room that the record of a request will take, as far as that can be known before the model runs. */
    Need need(InferenceRequest request, RecordTags tags) {
        long packed = policy.capture().inputs() ? inputs.estimate(request.inputs()) : 0;
        int answered = policy.capture().outputs() ? Math.min(outputBytes.get(), policy.maxPayload()) : 0;
        long kept = packed > policy.maxPayload() ? 0 : packed;
        return new Need(FIXED + roomOfIds(tags) + kept + answered, packed, answered);
    }

    private static long roomOfIds(RecordTags tags) {
        long bytes = 0;
        for (String id : tags.inferenceIds()) {
            bytes += id.length() + 2L;
        }
        return bytes;
    }

    /** Returns the bytes that outputs take at most, packed. */
    long estimateOutputs(List<Tensor> tensors) {
        return outputs.estimate(tensors);
    }

    /** Learns what outputs take: more at once, less little by little. */
    void learn(int bytes) {
        int now = outputBytes.get();
        if (bytes > now || now - bytes > 64) {
            outputBytes.set(bytes > now ? bytes : now - ((now - bytes) >> 4));
        }
    }
}
