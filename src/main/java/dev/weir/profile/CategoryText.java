package dev.weir.profile;

import dev.weir.inference.DataType;
import org.jspecify.annotations.Nullable;

/** How numbers are rounded and written where they are categories, for reference data and for live values alike. */
public final class CategoryText {

    private static final double EXACT_INTEGERS = 0x1p53;

    private CategoryText() {}

    /** Returns the value as a model sees it that takes this type; the same where the type is not known or an integer. */
    public static double seen(double value, @Nullable DataType datatype) {
        double seen =
                switch (datatype) {
                    case FP32 -> (float) value;
                    case FP16 -> Float.float16ToFloat(Float.floatToFloat16((float) value));
                    case BF16 -> bfloat((float) value);
                    case null -> value;
                    case BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP64, BYTES -> value;
                };
        return seen + 0.0; // -0.0 becomes 0.0
    }

    private static float bfloat(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return value;
        }
        int even = (bits >>> 16) & 1;
        return Float.intBitsToFloat((bits + 0x7fff + even) & 0xffff0000);
    }

    /** Returns a number that {@link #seen} returned as text: integers without a fraction, others as short as possible. */
    public static String of(double seen, @Nullable DataType datatype) {
        if (Math.abs(seen) < EXACT_INTEGERS && seen == Math.rint(seen)) {
            return Long.toString((long) seen);
        }
        return datatype == DataType.FP32 ? Float.toString((float) seen) : Double.toString(seen);
    }
}
