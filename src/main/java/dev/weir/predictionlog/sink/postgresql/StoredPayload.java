package dev.weir.predictionlog.sink.postgresql;

import dev.weir.predictionlog.PackedTensors;
import dev.weir.predictionlog.Payload;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Inputs and outputs in one column: a byte for the format, 1, and for each of both its size, or −1 for none, and its bytes.
 * Packed as they are everywhere, so that a replay finds every bit.
 */
final class StoredPayload {

    private static final byte FORMAT = 1;
    private static final int HEAD = 1 + 2 * Integer.BYTES;

    /** What was in the column. */
    record Tensors(@Nullable PackedTensors inputs, @Nullable PackedTensors outputs) {}

    private StoredPayload() {}

    /** Returns what goes into the column; null when there is nothing. */
    static byte @Nullable [] encode(Payload payload) {
        PackedTensors inputs = payload.inputs();
        PackedTensors outputs = payload.outputs();
        if (inputs == null && outputs == null) {
            return null;
        }
        ByteBuffer out = ByteBuffer.allocate(HEAD + payload.bytes()).put(FORMAT);
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
     * Reads what {@link #encode} gave.
     *
     * @throws IllegalStateException when it is something else
     */
    static Tensors decode(byte[] stored) {
        try {
            ByteBuffer in = ByteBuffer.wrap(stored);
            byte format = in.get();
            if (format != FORMAT) {
                throw new IllegalStateException("a stored payload has an unknown format");
            }
            Tensors tensors = new Tensors(take(in), take(in));
            if (in.hasRemaining()) {
                throw new IllegalStateException("a stored payload is too long");
            }
            return tensors;
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
