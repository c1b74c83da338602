package dev.weir.api;

import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Shape;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorAllocator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The binary form of BYTES tensors: every element as its length, an unsigned 32-bit little-endian integer, and its
 * bytes; one after the other, nothing in between.
 */
public final class BytesCodec {

    /** What an element costs on the heap beside its bytes: an array header and a reference, rounded up. */
    private static final long ELEMENT_OVERHEAD = 24;

    private BytesCodec() {}

    /**
     * Decodes a tensor.
     *
     * @param payload exactly the tensor's bytes, between position and limit; read through a view, so it stays as it is
     * @param maxElementBytes the longest element accepted
     * @param allocator what the decoded elements are reserved from, before they are made
     * @throws RequestRejected when elements are missing, left over, too long, or longer than what is left; the field is
     *     {@code data}, or {@code data[i]} for an element
     */
    public static Tensor.Bytes decode(
            String name, Shape shape, ByteBuffer payload, int maxElementBytes, TensorAllocator allocator) {
        ByteBuffer in = payload.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        // Every element takes at least its length, so a count the payload can't hold is refused before it costs memory.
        if (shape.elements() > in.remaining() / Integer.BYTES) {
            throw wrongCount(shape);
        }
        int count = (int) shape.elements();
        allocator.reserve(in.remaining() + count * (ELEMENT_OVERHEAD - Integer.BYTES));
        List<byte[]> elements = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            elements.add(element(in, i, shape, maxElementBytes));
        }
        if (in.hasRemaining()) {
            throw wrongCount(shape);
        }
        return new Tensor.Bytes(name, shape, elements);
    }

    private static byte[] element(ByteBuffer in, int index, Shape shape, int maxElementBytes) {
        if (in.remaining() < Integer.BYTES) {
            throw wrongCount(shape);
        }
        long length = Integer.toUnsignedLong(in.getInt());
        if (length > in.remaining()) {
            throw new RequestRejected(
                    FailureCode.MALFORMED_BODY,
                    "the element says it is longer than what is left",
                    "data[" + index + "]");
        }
        if (length > maxElementBytes) {
            throw new RequestRejected(
                    FailureCode.LIMIT_EXCEEDED, "the element is too long", "data[" + index + "]", (long)
                            maxElementBytes);
        }
        byte[] element = new byte[(int) length];
        in.get(element);
        return element;
    }

    private static RequestRejected wrongCount(Shape shape) {
        return new RequestRejected(
                FailureCode.WRONG_DATA_LENGTH,
                "shape " + shape + " takes exactly " + shape.elements() + " elements, each after its length",
                "data");
    }

    /**
     * Returns how many bytes a tensor takes encoded.
     *
     * @throws PredictionFailed when one buffer can't hold them
     */
    public static int encodedSize(Tensor.Bytes tensor) {
        long size = 0;
        for (byte[] element : tensor.elements()) {
            size += Integer.BYTES + element.length;
        }
        if (size > Integer.MAX_VALUE) {
            throw new PredictionFailed(FailureCode.INVALID_OUTPUT, "an output is too large to be sent");
        }
        return (int) size;
    }

    /**
     * Encodes a tensor.
     *
     * @param out has room for {@link #encodedSize} bytes; its order does not matter and stays
     */
    public static void encode(Tensor.Bytes tensor, ByteBuffer out) {
        ByteOrder order = out.order();
        out.order(ByteOrder.LITTLE_ENDIAN);
        for (byte[] element : tensor.elements()) {
            out.putInt(element.length).put(element);
        }
        out.order(order);
    }
}
