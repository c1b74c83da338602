package dev.weir.servable;

import dev.weir.inference.DataType;
import dev.weir.inference.Shape;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorAllocator;
import dev.weir.inference.TensorSpec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A row that a model without golden samples is tried on: each element the same number, or text.
 *
 * @param number what every number is, and 1 for true
 * @param extent how long the open axes are, beside the rows
 */
record MadeUpRow(int number, int extent) {

    /** What a made-up tensor may take; larger ones are not worth it. */
    private static final long MAX_TENSOR_BYTES = 64L << 20;

    /** What images of any size are often made for. */
    private static final int[] EXTENTS = {1, 32, 224};

    /** Returns what to try, the most harmless first. */
    static List<MadeUpRow> of(List<TensorSpec> inputs) {
        boolean isOpen = inputs.stream().anyMatch(MadeUpRow::hasOpenAxes);
        List<MadeUpRow> rows = new ArrayList<>();
        for (int extent : isOpen ? EXTENTS : new int[] {1}) {
            rows.add(new MadeUpRow(0, extent));
            rows.add(new MadeUpRow(1, extent));
        }
        return rows;
    }

    private static boolean hasOpenAxes(TensorSpec spec) {
        for (int axis = 1; axis < spec.shape().rank(); axis++) {
            if (spec.shape().dimension(axis) == ShapePattern.ANY) {
                return true;
            }
        }
        return false;
    }

    /**
     * Makes it up.
     *
     * @throws IllegalArgumentException when a tensor would be too large
     */
    List<Tensor> tensors(List<TensorSpec> inputs) {
        return inputs.stream().map(this::tensor).toList();
    }

    private Tensor tensor(TensorSpec spec) {
        long[] extents = spec.shape().toArray();
        for (int axis = 0; axis < extents.length; axis++) {
            if (extents[axis] == ShapePattern.ANY) {
                extents[axis] = axis == 0 ? 1 : extent;
            }
        }
        Shape shape = Shape.of(extents);
        int perElement = spec.datatype() == DataType.BYTES ? 1 : spec.datatype().bytes();
        if (shape.elements() > MAX_TENSOR_BYTES / perElement) {
            throw new IllegalArgumentException("input '" + spec.name() + "' is too large to make up");
        }
        int elements = Math.toIntExact(shape.elements());
        if (spec.datatype() == DataType.BYTES) {
            byte[] text = (number == 0 ? "" : String.valueOf(number)).getBytes(StandardCharsets.US_ASCII);
            return new Tensor.Bytes(spec.name(), shape, Collections.nCopies(elements, text));
        }
        ByteBuffer data = TensorAllocator.UNPOOLED.allocate(elements * perElement);
        for (int i = 0; i < elements; i++) {
            put(spec.datatype(), data, i * perElement);
        }
        return new Tensor.Fixed(spec.name(), spec.datatype(), shape, data);
    }

    private void put(DataType datatype, ByteBuffer data, int at) {
        switch (datatype) {
            case FP32 -> data.putFloat(at, number);
            case FP64 -> data.putDouble(at, number);
            case FP16 -> data.putShort(at, Float.floatToFloat16(number));
            case BF16 -> data.putShort(at, (short) (Float.floatToIntBits(number) >>> 16));
            case BOOL, UINT8, INT8 -> data.put(at, (byte) number);
            case UINT16, INT16 -> data.putShort(at, (short) number);
            case UINT32, INT32 -> data.putInt(at, number);
            case UINT64, INT64 -> data.putLong(at, number);
            case BYTES -> throw new AssertionError("texts are no numbers");
        }
    }
}
