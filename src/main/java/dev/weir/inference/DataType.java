package dev.weir.inference;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.util.HashMap;
import java.util.Map;

/**
 * The element type of a tensor, named as the Open Inference Protocol names it ({@code BF16} as in Triton's extension).
 */
public enum DataType {
    /** One byte, 0 or 1. */
    BOOL(1),
    /** Unsigned 8-bit integer. */
    UINT8(1),
    /** Unsigned 16-bit integer. */
    UINT16(2),
    /** Unsigned 32-bit integer. */
    UINT32(4),
    /** Unsigned 64-bit integer. */
    UINT64(8),
    /** Signed 8-bit integer. */
    INT8(1),
    /** Signed 16-bit integer. */
    INT16(2),
    /** Signed 32-bit integer. */
    INT32(4),
    /** Signed 64-bit integer. */
    INT64(8),
    /** IEEE 754 binary16. */
    FP16(2),
    /** The upper 16 bits of an IEEE 754 binary32. */
    BF16(2),
    /** IEEE 754 binary32. */
    FP32(4),
    /** IEEE 754 binary64. */
    FP64(8),
    /** A byte string of any length; text is UTF-8. */
    BYTES(0);

    private static final Map<String, DataType> BY_NAME = new HashMap<>();

    static {
        for (DataType type : values()) {
            BY_NAME.put(type.name(), type);
        }
    }

    private final int bytes;

    DataType(int bytes) {
        this.bytes = bytes;
    }

    /** Returns the size of one element in bytes; 0 for {@link #BYTES}, whose elements vary. */
    public int bytes() {
        return bytes;
    }

    /** Says whether elements have a fixed size. */
    public boolean isFixedSize() {
        return bytes > 0;
    }

    /** Says whether elements may be NaN or infinite. */
    public boolean isFloatingPoint() {
        return switch (this) {
            case FP16, BF16, FP32, FP64 -> true;
            case BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, BYTES -> false;
        };
    }

    /**
     * Returns the type a protocol name stands for.
     *
     * @throws RequestRejected when there is none
     */
    public static DataType named(String name) {
        DataType type = BY_NAME.get(name);
        if (type == null) {
            throw new RequestRejected(
                    FailureCode.UNSUPPORTED_DATATYPE,
                    "unknown datatype; known are BOOL, UINT8 to UINT64, INT8 to INT64, "
                            + "FP16, BF16, FP32, FP64 and BYTES",
                    "datatype");
        }
        return type;
    }
}
