package dev.weir.api;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.Shape;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorAllocator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The binary form of tensors, as gRPC's raw contents and REST's binary extension share it: row-major, little-endian,
 * one byte per BOOL; BYTES as in {@link BytesCodec}.
 */
public final class RawTensors {

    private RawTensors() {}

    /**
     * Decodes a tensor into memory of its own.
     *
     * @param payload exactly the tensor's bytes, between position and limit; read through a view, so it stays as it is
     * @throws RequestRejected when the payload has another length than shape and type say, or holds what the type
     *     does not; the field is {@code shape}, {@code data}, or {@code data[i]} for an element
     */
    public static Tensor read(
            String name,
            DataType datatype,
            Shape shape,
            ByteBuffer payload,
            TensorAllocator allocator,
            ApiConfig limits) {
        TensorLimits.require(datatype, shape, limits);
        if (!datatype.isFixedSize()) {
            return BytesCodec.decode(name, shape, payload, limits.maxString(), allocator);
        }
        int size = (int) shape.elements() * datatype.bytes();
        if (payload.remaining() != size) {
            throw new RequestRejected(
                    FailureCode.WRONG_DATA_LENGTH,
                    "shape " + shape + " of " + datatype + " takes exactly " + size + " bytes, not "
                            + payload.remaining(),
                    "data");
        }
        if (datatype == DataType.BOOL) {
            requireBooleans(payload);
        }
        ByteBuffer data = allocator.allocate(size);
        transfer(payload.duplicate().order(ByteOrder.LITTLE_ENDIAN), data, datatype.bytes());
        return new Tensor.Fixed(name, datatype, shape, data.flip());
    }

    private static void requireBooleans(ByteBuffer payload) {
        for (int i = payload.position(); i < payload.limit(); i++) {
            if ((payload.get(i) & ~1) != 0) {
                throw new RequestRejected(
                        FailureCode.VALUE_OUT_OF_RANGE,
                        "the element is no BOOL, which is a byte of 0 or 1",
                        "data[" + (i - payload.position()) + "]");
            }
        }
    }

    /**
     * Encodes a tensor.
     *
     * @return its bytes, from position to limit, in little-endian order; may be a view of the tensor's own memory
     * @throws dev.weir.failure.PredictionFailed when one buffer can't hold them
     */
    public static ByteBuffer write(Tensor tensor) {
        return switch (tensor) {
            case Tensor.Fixed fixed -> {
                ByteBuffer data = fixed.data();
                if (data.order() == ByteOrder.LITTLE_ENDIAN) {
                    yield data;
                }
                ByteBuffer out = ByteBuffer.allocate(data.remaining()).order(ByteOrder.LITTLE_ENDIAN);
                transfer(data, out, fixed.datatype().bytes());
                yield out.flip();
            }
            case Tensor.Bytes bytes -> {
                ByteBuffer out =
                        ByteBuffer.allocate(BytesCodec.encodedSize(bytes)).order(ByteOrder.LITTLE_ENDIAN);
                BytesCodec.encode(bytes, out);
                yield out.flip();
            }
        };
    }

    /** Moves elements of a width from one buffer to another, each in its own byte order. */
    static void transfer(ByteBuffer from, ByteBuffer to, int width) {
        if (width == 1 || from.order() == to.order()) {
            to.put(from);
            return;
        }
        while (from.hasRemaining()) {
            switch (width) {
                case Short.BYTES -> to.putShort(from.getShort());
                case Integer.BYTES -> to.putInt(from.getInt());
                case Long.BYTES -> to.putLong(from.getLong());
                default -> throw new AssertionError("no datatype is " + width + " bytes wide");
            }
        }
    }
}
