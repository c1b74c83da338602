package dev.weir.predictionlog;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What sinks get of a record's payload: that of a record with a subject leaves the local log closed with the subject's key, or
 * not at all, unless the operator says otherwise; so an erasure reaches what was forwarded before it. Thread-safe.
 */
@Singleton
public class SinkPayloads {

    /** The form that is sealed: what there is, the length of the inputs, inputs, outputs. */
    private static final byte INPUTS = 1;

    private static final byte OUTPUTS = 2;

    private final SubjectPayloads mode;
    private final PayloadSeal seal;

    @Inject
    SinkPayloads(SubjectConfig config, PayloadSeal seal) {
        this(config.payload(), seal);
    }

    /** Makes what forwards payloads of subjects in one way. */
    public SinkPayloads(SubjectPayloads mode, PayloadSeal seal) {
        this.mode = mode;
        this.seal = seal;
    }

    /** What a sink gets. */
    public sealed interface Forwarded {

        /** Returns what is known of the payload; it has tensors only where the sink may keep them. */
        Payload payload();

        /** The payload as it is. */
        record Clear(Payload payload) implements Forwarded {}

        /**
         * The payload, closed.
         *
         * @param payload what is known of it, without tensors
         * @param bytes what {@link SinkPayloads#open} opens; must not be changed
         */
        record Sealed(Payload payload, byte[] bytes) implements Forwarded {}

        /**
         * A payload that only the local log has.
         *
         * @param payload what is known of it, without tensors
         */
        record Withheld(Payload payload) implements Forwarded {}
    }

    /**
     * Returns what a sink gets of a record's payload: nothing when its subject was erased by now.
     *
     * @param keepsSealed whether the sink has a place for sealed bytes
     * @throws IllegalStateException when the subject's key can't be read or written
     */
    public Forwarded of(PredictionRecord record, boolean keepsSealed) {
        Payload payload = record.payload();
        String subject = record.subjectKey();
        if (subject == null || payload.bytes() == 0) {
            return new Forwarded.Clear(payload);
        }
        if (seal.isErased(record.id(), subject)) { // after the record was read
            return new Forwarded.Withheld(with(payload, true, null, null));
        }
        if (mode == SubjectPayloads.CLEAR) {
            return new Forwarded.Clear(payload);
        }
        Payload bare = with(payload, payload.erased(), null, null);
        return mode == SubjectPayloads.SEALED && keepsSealed
                ? new Forwarded.Sealed(bare, seal.seal(record.id(), subject, bytes(payload)))
                : new Forwarded.Withheld(bare);
    }

    /**
     * Returns a record as a sink may keep it that has no place for sealed bytes: without the tensors of a payload that is
     * withheld.
     */
    public PredictionRecord withheld(PredictionRecord record) {
        Payload kept = of(record, false).payload();
        return kept.equals(record.payload()) ? record : record.withPayload(kept);
    }

    /**
     * Returns a record with the payload that was sealed, or marked as erased when its subject's key was destroyed.
     *
     * @param record the record, with a subject and without tensors
     * @param sealed {@link Forwarded.Sealed#bytes}
     * @throws IllegalStateException when the bytes are not what was sealed, or keys can't be read
     */
    public PredictionRecord open(PredictionRecord record, byte[] sealed) {
        byte[] opened = seal.open(record.id(), record.subjectKey(), sealed);
        return record.withPayload(
                opened == null ? with(record.payload(), true, null, null) : read(record.payload(), opened));
    }

    private static byte[] bytes(Payload payload) {
        PackedTensors inputs = payload.inputs();
        PackedTensors outputs = payload.outputs();
        ByteBuffer out = ByteBuffer.allocate(1 + Integer.BYTES + payload.bytes());
        out.put((byte) ((inputs == null ? 0 : INPUTS) | (outputs == null ? 0 : OUTPUTS)));
        out.putInt(inputs == null ? 0 : inputs.bytes());
        if (inputs != null) {
            out.put(inputs.toBytes());
        }
        if (outputs != null) {
            out.put(outputs.toBytes());
        }
        return out.array();
    }

    private static Payload read(Payload bare, byte[] bytes) {
        try {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            byte parts = in.get();
            byte[] inputs = new byte[in.getInt()];
            in.get(inputs);
            byte[] outputs = new byte[in.remaining()];
            in.get(outputs);
            return with(
                    bare,
                    false,
                    (parts & INPUTS) == 0 ? null : PackedTensors.ofBytes(inputs),
                    (parts & OUTPUTS) == 0 ? null : PackedTensors.ofBytes(outputs));
        } catch (BufferUnderflowException | NegativeArraySizeException e) {
            throw new IllegalStateException("a sealed payload has an unknown form", e);
        }
    }

    private static Payload with(
            Payload payload, boolean erased, @Nullable PackedTensors inputs, @Nullable PackedTensors outputs) {
        return new Payload(
                payload.capture(),
                payload.probability(),
                payload.sampled(),
                payload.truncated(),
                erased,
                inputs,
                outputs);
    }
}
