package dev.weir.inference;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tensor's {@code data} from JSON straight into its memory: flat, or nested as the shape is.
 *
 * <p>Integers must be integers and fit; floating-point values are rounded to their type and must not overflow; NaN and
 * infinities are the strings {@code "NaN"}, {@code "Infinity"} and {@code "-Infinity"}, as in Protocol Buffers' JSON.
 * BYTES elements are strings. Memory is taken only after the size is known to be allowed, and the document long enough
 * to hold so many elements.
 */
public final class TensorJsonReader {

    /** What a BYTES element costs on the heap beside its bytes: an array header and a reference, rounded up. */
    private static final long BYTES_ELEMENT_OVERHEAD = 24;

    private static final float MAX_FP16 = 65504f;

    private final JsonParser parser;
    private final Shape shape;
    private final int maxText;
    private final long elements;
    private int index;

    private TensorJsonReader(JsonParser parser, Shape shape, Bounds bounds) {
        this.parser = parser;
        this.shape = shape;
        this.maxText = bounds.maxText();
        this.elements = shape.elements();
    }

    /**
     * What bounds a tensor besides its shape.
     *
     * @param maxText the longest BYTES element, in bytes
     * @param json how many bytes of the document are left for the data, from its opening bracket
     */
    public record Bounds(int maxText, long json) {

        /** For documents whose author is trusted. */
        public static final Bounds NONE = new Bounds(Integer.MAX_VALUE, Long.MAX_VALUE);

        /** So few elements that it is no matter whether they are there; a document that is cut short may then say so. */
        private static final int FEW = 1024;

        /** An element takes a byte at least, and a comma or bracket after it. */
        boolean hold(long elements) {
            return elements <= FEW || elements <= (json - 1) / 2;
        }
    }

    /**
     * Reads one tensor; the parser stands on the first token of its data and afterwards on the last.
     *
     * @throws RequestRejected when the data do not fit type or shape; its field starts with {@code data}, or is
     *     {@code shape} when no data could fit
     * @throws IOException when the JSON is broken
     */
    public static Tensor read(
            JsonParser parser, String name, DataType datatype, Shape shape, TensorAllocator allocator, Bounds bounds)
            throws IOException {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, "a tensor's data is an array", "data");
        }
        TensorJsonReader reader = new TensorJsonReader(parser, shape, bounds);
        int size = datatype == DataType.BYTES ? 0 : size(datatype, shape);
        if (!bounds.hold(shape.elements())) {
            throw reader.wrongLength();
        }
        if (datatype == DataType.BYTES) {
            List<byte[]> strings = new ArrayList<>((int) Math.min(shape.elements(), 1024));
            reader.readElements(datatype, null, strings, allocator);
            return new Tensor.Bytes(name, shape, strings);
        }
        ByteBuffer data = allocator.allocate(size);
        reader.readElements(datatype, data, null, allocator);
        data.flip();
        return new Tensor.Fixed(name, datatype, shape, data);
    }

    private static int size(DataType datatype, Shape shape) {
        long most = Integer.MAX_VALUE / datatype.bytes();
        if (shape.elements() > most) {
            throw new RequestRejected(
                    FailureCode.LIMIT_EXCEEDED,
                    "a tensor of " + datatype + " has at most " + most + " elements",
                    "shape",
                    most);
        }
        return (int) shape.elements() * datatype.bytes();
    }

    private void readElements(
            DataType datatype, @Nullable ByteBuffer data, @Nullable List<byte[]> strings, TensorAllocator allocator)
            throws IOException {
        int rank = Math.max(shape.rank(), 1);
        long[] counts = new long[rank + 1];
        int depth = 1;
        boolean nested = false;
        for (JsonToken token = parser.nextToken(); depth > 0; token = depth > 0 ? parser.nextToken() : token) {
            if (token == JsonToken.START_ARRAY) {
                nested = enterArray(depth, rank, nested, counts);
                depth++;
            } else if (token == JsonToken.END_ARRAY) {
                leaveArray(depth, nested, counts);
                depth--;
            } else if (token == null) {
                throw new RequestRejected(FailureCode.MALFORMED_JSON, "the document ends inside an array", "data");
            } else {
                if (nested && depth != rank) {
                    throw ragged();
                }
                counts[depth]++;
                if (index >= elements) {
                    throw wrongLength();
                }
                if (data != null) {
                    put(datatype, token, data);
                } else if (strings != null) {
                    strings.add(string(token, allocator));
                }
                index++;
            }
        }
        if (index != elements) {
            throw wrongLength();
        }
    }

    private boolean enterArray(int depth, int rank, boolean nested, long[] counts) {
        if (depth >= rank || (!nested && index > 0)) {
            throw ragged();
        }
        counts[depth]++;
        counts[depth + 1] = 0;
        return true;
    }

    private void leaveArray(int depth, boolean nested, long[] counts) {
        if (nested && counts[depth] != shape.dimension(depth - 1)) {
            throw ragged();
        }
    }

    private void put(DataType datatype, JsonToken token, ByteBuffer data) throws IOException {
        switch (datatype) {
            case FP32 -> data.putFloat(float32(token));
            case FP64 -> data.putDouble(float64(token));
            case INT64 -> data.putLong(integer(token, Long.MIN_VALUE, Long.MAX_VALUE));
            case INT32 -> data.putInt((int) integer(token, Integer.MIN_VALUE, Integer.MAX_VALUE));
            case INT16 -> data.putShort((short) integer(token, Short.MIN_VALUE, Short.MAX_VALUE));
            case INT8 -> data.put((byte) integer(token, Byte.MIN_VALUE, Byte.MAX_VALUE));
            case UINT8 -> data.put((byte) integer(token, 0, 0xFFL));
            case UINT16 -> data.putShort((short) integer(token, 0, 0xFFFFL));
            case UINT32 -> data.putInt((int) integer(token, 0, 0xFFFF_FFFFL));
            case UINT64 -> data.putLong(unsigned64(token));
            case FP16 -> data.putShort(float16(token));
            case BF16 -> data.putShort(bfloat16(token));
            case BOOL -> data.put(bool(token));
            case BYTES -> throw new AssertionError("BYTES has no fixed size");
        }
    }

    private byte bool(JsonToken token) {
        if (token == JsonToken.VALUE_TRUE) {
            return 1;
        }
        if (token == JsonToken.VALUE_FALSE) {
            return 0;
        }
        throw wrongKind("true or false");
    }

    private long integer(JsonToken token, long min, long max) throws IOException {
        if (token != JsonToken.VALUE_NUMBER_INT) {
            throw wrongKind("an integer");
        }
        JsonParser.NumberType type = parser.getNumberType();
        if (type == JsonParser.NumberType.BIG_INTEGER) {
            throw outOfRange();
        }
        long value = parser.getLongValue();
        if (value < min || value > max) {
            throw outOfRange();
        }
        return value;
    }

    private long unsigned64(JsonToken token) throws IOException {
        if (token != JsonToken.VALUE_NUMBER_INT) {
            throw wrongKind("an integer");
        }
        if (parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
            return integer(token, 0, Long.MAX_VALUE);
        }
        BigInteger value = parser.getBigIntegerValue();
        if (value.signum() < 0 || value.bitLength() > Long.SIZE) {
            throw outOfRange();
        }
        return value.longValue();
    }

    private float float32(JsonToken token) throws IOException {
        if (token == JsonToken.VALUE_NUMBER_FLOAT || token == JsonToken.VALUE_NUMBER_INT) {
            float value = parser.getFloatValue();
            if (Float.isInfinite(value)) {
                throw outOfRange();
            }
            return value;
        }
        return (float) nonFinite(token);
    }

    private double float64(JsonToken token) throws IOException {
        if (token == JsonToken.VALUE_NUMBER_FLOAT || token == JsonToken.VALUE_NUMBER_INT) {
            double value = parser.getDoubleValue();
            if (Double.isInfinite(value)) {
                throw outOfRange();
            }
            return value;
        }
        return nonFinite(token);
    }

    private short float16(JsonToken token) throws IOException {
        float value = float32(token);
        short half = Float.floatToFloat16(value);
        if (Float.isFinite(value) && Math.abs(Float.float16ToFloat(half)) > MAX_FP16) {
            throw outOfRange();
        }
        return half;
    }

    private short bfloat16(JsonToken token) throws IOException {
        float value = float32(token);
        if (Float.isNaN(value)) {
            return (short) 0x7FC0;
        }
        int bits = Float.floatToRawIntBits(value);
        int rounded = (bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16;
        if (Float.isFinite(value) && (rounded & 0x7F80) == 0x7F80) {
            throw outOfRange();
        }
        return (short) rounded;
    }

    private double nonFinite(JsonToken token) throws IOException {
        if (token == JsonToken.VALUE_STRING) {
            return switch (parser.getText()) {
                case "NaN" -> Double.NaN;
                case "Infinity" -> Double.POSITIVE_INFINITY;
                case "-Infinity" -> Double.NEGATIVE_INFINITY;
                default -> throw wrongKind("a number");
            };
        }
        throw wrongKind("a number");
    }

    private byte[] string(JsonToken token, TensorAllocator allocator) throws IOException {
        if (token != JsonToken.VALUE_STRING) {
            throw wrongKind("a string");
        }
        byte[] bytes = Utf8.encode(text(), "data[" + index + "]");
        if (bytes.length > maxText) {
            throw tooLong();
        }
        allocator.reserve(bytes.length + BYTES_ELEMENT_OVERHEAD);
        return bytes;
    }

    private String text() throws IOException {
        try {
            return parser.getText();
        } catch (StreamConstraintsException e) {
            // More characters than the parser takes, and so more bytes than an element may have.
            throw tooLong();
        }
    }

    private RequestRejected tooLong() {
        return new RequestRejected(
                FailureCode.LIMIT_EXCEEDED, "the element is too long", "data[" + index + "]", (long) maxText);
    }

    private RequestRejected wrongKind(String expected) {
        return new RequestRejected(FailureCode.INVALID_FIELD, "the element must be " + expected, "data[" + index + "]");
    }

    private RequestRejected outOfRange() {
        return new RequestRejected(
                FailureCode.VALUE_OUT_OF_RANGE, "the value does not fit the tensor's datatype", "data[" + index + "]");
    }

    private RequestRejected wrongLength() {
        return new RequestRejected(
                FailureCode.WRONG_DATA_LENGTH, "shape " + shape + " takes exactly " + elements + " elements", "data");
    }

    private RequestRejected ragged() {
        return new RequestRejected(
                FailureCode.WRONG_SHAPE, "nested data must be nested exactly as shape " + shape + " is", "data");
    }
}
