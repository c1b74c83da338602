package dev.weir.api.rows;

import dev.weir.api.ApiConfig;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.RequestMemory;
import dev.weir.inference.Shape;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorSpec;
import dev.weir.inference.TextRule;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * One input that rows are read into: memory for all of them, taken at once when their number and shape are known.
 *
 * <p>The shape of a row may be left open by the signature; then the first row that is read fixes it for all.
 */
final class RowTensor {

    /** What a byte string costs on the heap beside its bytes: an array header, and a reference in two lists. */
    private static final long TEXT_OVERHEAD = 32;

    private static final int NOBODY = -1;

    private final TensorSpec spec;
    private final TextRule rule;
    private final RequestMemory memory;
    private final long maxElements;
    private final int maxText;
    private final long[] extents;
    private final boolean fixed;
    private int rows;
    private int rowElements;
    private int shapedBy = NOBODY;
    private int lastRow = NOBODY;
    private ByteBuffer data = ByteBuffer.allocate(0);
    private byte[][] texts = {};

    RowTensor(TensorSpec spec, TextRule rule, RequestMemory memory, ApiConfig limits) {
        this.spec = spec;
        this.rule = rule;
        this.memory = memory;
        this.maxElements = limits.maxElements();
        this.maxText = limits.maxString();
        long[] pattern = spec.shape().toArray();
        this.extents = Arrays.copyOfRange(pattern, 1, pattern.length);
        this.fixed = Arrays.stream(extents).noneMatch(extent -> extent == ShapePattern.ANY);
    }

    /** Returns what the signature says of it. */
    TensorSpec spec() {
        return spec;
    }

    /**
     * Says how many rows there will be at most, before the first is read.
     *
     * @throws RequestRejected when that is more than a tensor may hold
     * @throws dev.weir.failure.Overloaded when there is no room
     */
    void open(int atMost) {
        rows = atMost;
        if (fixed) {
            allocate();
        }
    }

    /** Says whether the shape of a row is known. */
    boolean isShaped() {
        return fixed || shapedBy != NOBODY;
    }

    /**
     * Fixes the shape of every row.
     *
     * @param row the row that has it
     * @throws RequestRejected when it does not fit the signature, or is too large
     */
    void shape(int row, long[] found) {
        boolean empty = false;
        for (int axis = 0; axis < extents.length; axis++) {
            long promised = spec.shape().dimension(axis + 1);
            // Of an empty array nobody can tell how long its elements would have been.
            if (promised != ShapePattern.ANY && promised != found[axis] && !empty) {
                throw Faults.wrongNesting(rowShape());
            }
            empty |= found[axis] == 0;
        }
        for (int axis = 0; axis < extents.length; axis++) {
            long promised = spec.shape().dimension(axis + 1);
            extents[axis] = promised == ShapePattern.ANY ? found[axis] : promised;
        }
        try {
            allocate();
        } catch (RequestRejected e) {
            reopen();
            throw e;
        }
        shapedBy = row;
    }

    /** Takes a row back that turned out to be bad: if it alone had fixed the shape, the next one may. */
    void forget(int row) {
        if (shapedBy == row && lastRow == row) {
            shapedBy = NOBODY;
            reopen();
        }
    }

    private void reopen() {
        for (int axis = 0; axis < extents.length; axis++) {
            extents[axis] = spec.shape().dimension(axis + 1);
        }
    }

    private void allocate() {
        long elements = rows;
        for (long extent : extents) {
            elements = extent != 0 && elements > maxElements / extent ? Long.MAX_VALUE : elements * extent;
        }
        long bytes = Math.max(1, spec.datatype().bytes());
        if (elements > Math.min(maxElements, Integer.MAX_VALUE / bytes)) {
            throw new RequestRejected(
                    FailureCode.LIMIT_EXCEEDED,
                    "would have more elements than one request may give it",
                    null,
                    Math.min(maxElements, Integer.MAX_VALUE / bytes));
        }
        rowElements = (int) (elements / Math.max(1, rows));
        if (spec.datatype() == DataType.BYTES) {
            memory.reserve(elements * TEXT_OVERHEAD);
            texts = new byte[(int) elements][];
        } else if (elements * bytes > data.capacity()) {
            data = memory.allocate((int) (elements * bytes));
        }
    }

    /** Returns the extents of a row, −1 where they are not known yet. */
    long extent(int axis) {
        return extents[axis];
    }

    /** Returns how many axes a row has. */
    int rowRank() {
        return extents.length;
    }

    /** Returns the shape of a row for a message. */
    String rowShape() {
        return Arrays.toString(extents);
    }

    /** Returns the index of a row's first element, about to be written. */
    int indexOf(int row) {
        lastRow = row;
        return row * rowElements;
    }

    /**
     * Writes a floating-point value, rounded to the type.
     *
     * @param value the value, already rounded to single precision unless the type is FP64
     * @throws RequestRejected when it overflows, or is not finite and must be
     */
    void putReal(int index, double value) {
        if (!spec.takes(value)) {
            throw Faults.nonFinite();
        }
        switch (spec.datatype()) {
            case FP32 -> data.putFloat(index * Float.BYTES, (float) value);
            case FP64 -> data.putDouble(index * Double.BYTES, value);
            case FP16 -> data.putShort(index * Short.BYTES, Lossless.float16((float) value));
            case BF16 -> data.putShort(index * Short.BYTES, Lossless.bfloat16((float) value));
            default -> throw new AssertionError(spec.datatype() + " is no floating-point type");
        }
    }

    /**
     * Writes an integer.
     *
     * @throws RequestRejected when it is out of the type's range
     */
    void putInteger(int index, long value) {
        switch (spec.datatype()) {
            case INT64 -> data.putLong(index * Long.BYTES, value);
            case UINT64 -> data.putLong(index * Long.BYTES, within(value, 0, Long.MAX_VALUE));
            case INT32 -> data.putInt(index * Integer.BYTES, (int) within(value, Integer.MIN_VALUE, Integer.MAX_VALUE));
            case UINT32 -> data.putInt(index * Integer.BYTES, (int) within(value, 0, 0xFFFF_FFFFL));
            case INT16 -> data.putShort(index * Short.BYTES, (short) within(value, Short.MIN_VALUE, Short.MAX_VALUE));
            case UINT16 -> data.putShort(index * Short.BYTES, (short) within(value, 0, 0xFFFFL));
            case INT8 -> data.put(index, (byte) within(value, Byte.MIN_VALUE, Byte.MAX_VALUE));
            case UINT8 -> data.put(index, (byte) within(value, 0, 0xFFL));
            default -> throw new AssertionError(spec.datatype() + " is no integer type");
        }
    }

    private long within(long value, long min, long max) {
        if (value < min || value > max) {
            throw Faults.doesNotFit(spec.datatype());
        }
        return value;
    }

    /**
     * Writes a large integer.
     *
     * @throws RequestRejected when it is out of the type's range
     */
    void putInteger(int index, BigInteger value) {
        if (value.bitLength() < Long.SIZE) {
            putInteger(index, value.longValue());
        } else if (spec.datatype() == DataType.UINT64 && value.signum() > 0 && value.bitLength() == Long.SIZE) {
            data.putLong(index * Long.BYTES, value.longValue());
        } else {
            throw Faults.doesNotFit(spec.datatype());
        }
    }

    /** Writes a truth value. */
    void putBool(int index, boolean value) {
        data.put(index, (byte) (value ? 1 : 0));
    }

    /**
     * Writes a byte string.
     *
     * @throws RequestRejected when it is too long, or the model's runtime does not take it
     */
    void putText(int index, byte[] utf8) {
        if (utf8.length > maxText) {
            throw new RequestRejected(
                    FailureCode.LIMIT_EXCEEDED, "has more than " + maxText + " bytes", null, (long) maxText);
        }
        if (!rule.passes(utf8)) {
            throw Faults.unsupportedText();
        }
        memory.reserve(utf8.length);
        texts[index] = utf8;
    }

    /** Writes what stands for a missing value, or refuses it. */
    void putMissing(int index) {
        if (!spec.datatype().isFloatingPoint() || !spec.takes(Double.NaN)) {
            throw Faults.missing();
        }
        putReal(index, Double.NaN);
    }

    /** Moves a row forward, over one that is left out. */
    void move(int from, int to) {
        if (spec.datatype() == DataType.BYTES) {
            System.arraycopy(texts, from * rowElements, texts, to * rowElements, rowElements);
        } else {
            int bytes = rowElements * spec.datatype().bytes();
            data.put(to * bytes, data, from * bytes, bytes);
        }
    }

    /** Returns the first rows as a tensor. */
    Tensor finish(int count) {
        long[] dimensions = new long[extents.length + 1];
        dimensions[0] = count;
        System.arraycopy(extents, 0, dimensions, 1, extents.length);
        Shape shape = Shape.of(dimensions);
        int elements = count * rowElements;
        if (spec.datatype() == DataType.BYTES) {
            return new Tensor.Bytes(spec.name(), shape, Arrays.asList(texts).subList(0, elements));
        }
        ByteBuffer filled =
                data.duplicate().position(0).limit(elements * spec.datatype().bytes());
        return new Tensor.Fixed(spec.name(), spec.datatype(), shape, filled);
    }
}
