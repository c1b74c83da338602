package dev.weir.predictionlog.sink.postgresql;

import dev.weir.predictionlog.PackedTensors;
import dev.weir.predictionlog.Payload;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.SinkPayloads;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Inputs and outputs in one column: a byte for the format; then, in the clear, for each of both its size, or −1 for none, and
 * its bytes, packed as they are everywhere, so that a replay finds every bit; or what the subject's key has closed.
 */
final class StoredPayload {

    private static final byte CLEAR = 1;
    private static final byte SEALED = 2;
    private static final int HEAD = 1 + 2 * Integer.BYTES;

    private StoredPayload() {}

    /** Returns what goes into the column; null when there is nothing. */
    static byte @Nullable [] encode(SinkPayloads.Forwarded forwarded) {
        return switch (forwarded) {
            case SinkPayloads.Forwarded.Clear(Payload payload) -> clear(payload);
            case SinkPayloads.Forwarded.Sealed(Payload payload, byte[] bytes) ->
                ByteBuffer.allocate(1 + bytes.length).put(SEALED).put(bytes).array();
            case SinkPayloads.Forwarded.Withheld(Payload payload) -> null;
        };
    }

    private static byte @Nullable [] clear(Payload payload) {
        PackedTensors inputs = payload.inputs();
        PackedTensors outputs = payload.outputs();
        if (inputs == null && outputs == null) {
            return null;
        }
        ByteBuffer out = ByteBuffer.allocate(HEAD + payload.bytes()).put(CLEAR);
        put(out, inputs);
        put(out, outputs);
        return out.array();
    }

    private static void put(ByteBuffer out, @Nullable PackedTensors tensors) {
        if (tensors == null) {
            out.putInt(-1);
        } else {
            out.putInt(tensors.bytes()).put(tensors.toBytes());
        }
    }

    /**
     * Returns a record with what is in the column.
     *
     * @param bare the record without tensors
     * @throws IllegalStateException when the column holds something else
     */
    static PredictionRecord decode(PredictionRecord bare, byte @Nullable [] stored, SinkPayloads payloads) {
        if (stored == null) {
            return bare;
        }
        try {
            ByteBuffer in = ByteBuffer.wrap(stored);
            byte format = in.get();
            if (format == SEALED) {
                byte[] sealed = new byte[in.remaining()];
                in.get(sealed);
                return payloads.open(bare, sealed);
            }
            if (format != CLEAR) {
                throw new IllegalStateException("a stored payload has an unknown format");
            }
            Payload of = bare.payload();
            return bare.withPayload(new Payload(
                    of.capture(), of.probability(), of.sampled(), of.truncated(), of.erased(), take(in), take(in)));
        } catch (BufferUnderflowException e) {
            throw new IllegalStateException("a stored payload is cut short", e);
        }
    }

    private static @Nullable PackedTensors take(ByteBuffer in) {
        int size = in.getInt();
        if (size == -1) {
            return null;
        }
        if (size < 0 || size > in.remaining()) {
            throw new IllegalStateException("a stored payload is cut short");
        }
        byte[] bytes = new byte[size];
        in.get(bytes);
        return PackedTensors.ofBytes(bytes);
    }
}
