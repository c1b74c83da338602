package dev.weir.api.rows;

import dev.weir.inference.DataType;
import java.math.BigDecimal;
import java.math.BigInteger;

/** Changes of a number's type that lose nothing, and the refusal of those that would. */
final class Lossless {

    /** A decimal of so few characters that is an integer as a double is that integer. */
    private static final int EXACT_DIGITS = 15;

    private static final double EXACT_BOUND = 1e15;

    /** An integer of more digits fits no type. */
    private static final int MOST_DIGITS = 20;

    private Lossless() {}

    /**
     * Returns an integer as a floating-point value.
     *
     * @throws dev.weir.failure.RequestRejected when the type has no value equal to it
     */
    static double real(long integer, DataType datatype) {
        double value = integer;
        if ((long) value != integer || value == 0x1p63) {
            throw Faults.doesNotFit(datatype);
        }
        return requireExact(value, datatype);
    }

    /**
     * Returns a large integer as a floating-point value.
     *
     * @throws dev.weir.failure.RequestRejected when the type has no value equal to it
     */
    static double real(BigInteger integer, DataType datatype) {
        double value = integer.doubleValue();
        if (Double.isInfinite(value) || !new BigDecimal(value).toBigInteger().equals(integer)) {
            throw Faults.doesNotFit(datatype);
        }
        return requireExact(value, datatype);
    }

    private static double requireExact(double value, DataType datatype) {
        float single = (float) value;
        boolean exact =
                switch (datatype) {
                    case FP64 -> true;
                    case FP32 -> single == value;
                    case BF16 ->
                        single == value && Float.isFinite(single) && (Float.floatToRawIntBits(single) & 0xFFFF) == 0;
                    case FP16 ->
                        single == value
                                && Float.isFinite(single)
                                && Float.float16ToFloat(Float.floatToFloat16(single)) == single;
                    case BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, BYTES ->
                        throw new AssertionError(datatype + " is no floating-point type");
                };
        if (!exact) {
            throw Faults.doesNotFit(datatype);
        }
        return value;
    }

    /**
     * Returns the integer that a decimal such as {@code 1.0} or {@code 15e1} is.
     *
     * @throws dev.weir.failure.RequestRejected when it is none, or far too large
     */
    static BigInteger integer(String decimal, DataType datatype) {
        try {
            BigDecimal value = new BigDecimal(decimal).stripTrailingZeros();
            if (value.signum() == 0) {
                return BigInteger.ZERO;
            }
            if (value.scale() > 0 || (long) value.precision() - value.scale() > MOST_DIGITS) {
                throw Faults.doesNotFit(datatype);
            }
            return value.toBigIntegerExact();
        } catch (NumberFormatException e) {
            // an exponent beyond 32 bits
            throw Faults.doesNotFit(datatype);
        }
    }

    /** Says whether a decimal's value as a double proves that it is an integer, which spares the exact arithmetic. */
    static boolean isPlainInteger(double value, int characters) {
        return characters <= EXACT_DIGITS && value != 0 && Math.abs(value) < EXACT_BOUND && value == Math.rint(value);
    }

    /**
     * Rounds to the upper half of a single, to even on a tie.
     *
     * @throws dev.weir.failure.RequestRejected when a finite value becomes infinite
     */
    static short bfloat16(float value) {
        if (Float.isNaN(value)) {
            return (short) 0x7FC0;
        }
        int bits = Float.floatToRawIntBits(value);
        int rounded = (bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16;
        if (Float.isFinite(value) && (rounded & 0x7F80) == 0x7F80) {
            throw Faults.doesNotFit(DataType.BF16);
        }
        return (short) rounded;
    }

    /**
     * Rounds to half precision.
     *
     * @throws dev.weir.failure.RequestRejected when a finite value becomes infinite
     */
    static short float16(float value) {
        short half = Float.floatToFloat16(value);
        if (Float.isFinite(value) && !Float.isFinite(Float.float16ToFloat(half))) {
            throw Faults.doesNotFit(DataType.FP16);
        }
        return half;
    }
}
