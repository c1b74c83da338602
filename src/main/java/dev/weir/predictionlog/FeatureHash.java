package dev.weir.predictionlog;

import dev.weir.inference.DataType;
import dev.weir.inference.Shape;
import dev.weir.inference.Tensor;
import dev.weir.keyring.Keyring;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes keyed digests of a feature's values: over its name, its datatype and the value's canonical bytes, so that equal values
 * of one feature have equal digests, and those of different features do not. Thread-safe.
 */
final class FeatureHash {

    /** {@code hmac:k}, the number of a key, a colon, and 24 characters, behind their length. */
    private static final int MAX_DIGEST = 6 + 10 + 1 + 24 + 1;

    private final byte[] feature;

    FeatureHash(String feature) {
        this.feature = feature.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Returns what stands for each element that is taken out, in row-major order.
     *
     * @param column the column along the last axis; null for the whole tensor: the first element of each row has the digest
     *     of the row, the others have an empty text
     */
    List<String> digests(Keyring keyring, Tensor tensor, @Nullable Integer column) {
        int elements = Math.toIntExact(tensor.shape().elements());
        int step = column == null ? perRow(tensor.shape()) : 1;
        int columns = PackedTensors.columns(tensor.shape());
        List<String> digests = new ArrayList<>();
        for (int i = 0; i < elements; i += step) {
            if (column != null && i % columns != column) {
                continue;
            }
            digests.add(keyring.pseudonym(
                    Keyring.Purpose.FEATURE, feature, datatype(tensor.datatype()), canonical(tensor, i, step)));
            for (int j = 1; j < step; j++) {
                digests.add("");
            }
        }
        return digests;
    }

    /** Returns how many bytes the digests take at most, each behind its length. */
    static long estimate(Tensor tensor, @Nullable Integer column) {
        long elements = tensor.shape().elements();
        if (column != null) {
            return Math.ceilDiv(elements, PackedTensors.columns(tensor.shape())) * MAX_DIGEST;
        }
        return Math.ceilDiv(elements, perRow(tensor.shape())) * MAX_DIGEST + elements;
    }

    private static int perRow(Shape shape) {
        int rows = shape.rank() < 2 ? (int) shape.elements() : (int) shape.dimension(0);
        return rows == 0 ? 1 : Math.max(1, (int) (shape.elements() / rows));
    }

    private static byte[] datatype(DataType datatype) {
        return datatype.name().getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns elements in little-endian order, with one zero and one NaN; byte strings stand behind their length. */
    private static byte[] canonical(Tensor tensor, int from, int count) {
        return switch (tensor) {
            case Tensor.Fixed fixed -> canonical(fixed, from, count);
            case Tensor.Bytes texts when count == 1 -> texts.elements().get(from);
            case Tensor.Bytes texts -> {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                for (byte[] each : texts.elements().subList(from, from + count)) {
                    out.writeBytes(ByteBuffer.allocate(Integer.BYTES)
                            .putInt(each.length)
                            .array());
                    out.writeBytes(each);
                }
                yield out.toByteArray();
            }
        };
    }

    private static byte[] canonical(Tensor.Fixed tensor, int from, int count) {
        int size = tensor.datatype().bytes();
        ByteBuffer in = tensor.data();
        ByteBuffer out = ByteBuffer.allocate(size * count).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = from * size; at < (from + count) * size; at += size) {
            switch (tensor.datatype()) {
                case BOOL, UINT8, INT8 -> out.put(in.get(at));
                case UINT16, INT16 -> out.putShort(in.getShort(at));
                case FP16 -> out.putShort(half(in.getShort(at), 0x7C00));
                case BF16 -> out.putShort(half(in.getShort(at), 0x7F80));
                case UINT32, INT32 -> out.putInt(in.getInt(at));
                case UINT64, INT64 -> out.putLong(in.getLong(at));
                case FP32 -> out.putInt(Float.floatToIntBits(in.getFloat(at) + 0f));
                case FP64 -> out.putLong(Double.doubleToLongBits(in.getDouble(at) + 0d));
                case BYTES -> throw new AssertionError("byte strings have no fixed size");
            }
        }
        return out.array();
    }

    /** Returns a half's bits, with one zero and one NaN. */
    private static short half(short bits, int infinity) {
        int magnitude = bits & 0x7FFF;
        return magnitude == 0 ? 0 : magnitude > infinity ? (short) (infinity | 1) : bits;
    }
}
