package dev.weir.servable;

import dev.weir.inference.DataType;
import dev.weir.inference.Tensor;
import java.nio.ByteBuffer;
import java.util.List;

/** Floating-point elements of tensors, whatever their precision. */
public final class Numbers {

    private Numbers() {}

    /**
     * Returns an element.
     *
     * @param datatype a floating-point one
     * @param i which, counted in elements
     */
    public static double real(DataType datatype, ByteBuffer data, int i) {
        return switch (datatype) {
            case FP32 -> data.getFloat(i * Float.BYTES);
            case FP64 -> data.getDouble(i * Double.BYTES);
            case FP16 -> Float.float16ToFloat(data.getShort(i * Short.BYTES));
            case BF16 -> Float.intBitsToFloat(data.getShort(i * Short.BYTES) << 16);
            case BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, BYTES ->
                throw new AssertionError(datatype + " is no floating-point type");
        };
    }

    /** Says whether there are floating-point elements, and all of them are NaN. */
    static boolean isNothingButNaN(List<Tensor> tensors) {
        boolean found = false;
        for (Tensor tensor : tensors) {
            if (tensor instanceof Tensor.Fixed fixed && fixed.datatype().isFloatingPoint()) {
                int elements = Math.toIntExact(fixed.shape().elements());
                for (int i = 0; i < elements; i++) {
                    if (!Double.isNaN(real(fixed.datatype(), fixed.data(), i))) {
                        return false;
                    }
                    found = true;
                }
            }
        }
        return found;
    }
}
