package dev.weir.api.rows;

import com.fasterxml.jackson.core.io.NumberInput;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.Utf8;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * Reads one cell of text into its tensor. A cell has no type of its own, so the tensor's decides; numbers are written as
 * in JSON, or {@code nan}, {@code inf} and the like, as numerical programs write them.
 */
final class TextCells {

    /** A long has at least so many digits at its disposal. */
    private static final int LONG_DIGITS = 18;

    private TextCells() {}

    /**
     * Reads a cell.
     *
     * @param cell its text; null when it is empty
     * @throws RequestRejected when it does not fit
     */
    static void put(@Nullable String cell, RowTensor into, int index, int maxNumber) {
        DataType datatype = into.spec().datatype();
        if (datatype == DataType.BYTES && cell != null) {
            into.putText(index, Utf8.encode(cell, ""));
            return;
        }
        String text = cell == null ? "" : cell.strip();
        if (text.isEmpty()) {
            into.putMissing(index);
            return;
        }
        switch (datatype) {
            case FP16, BF16, FP32, FP64 -> into.putReal(index, real(text, datatype, maxNumber));
            case INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 -> integer(text, into, index, maxNumber);
            case BOOL -> into.putBool(index, bool(text));
            case BYTES -> throw new AssertionError("handled before");
        }
    }

    private static double real(String text, DataType datatype, int maxNumber) {
        NumberText kind = NumberText.of(text, maxNumber);
        return switch (kind) {
            case INTEGER ->
                text.length() <= LONG_DIGITS
                        ? Lossless.real(Long.parseLong(text), datatype)
                        : Lossless.real(new BigInteger(text), datatype);
            case DECIMAL -> {
                double value = datatype == DataType.FP64
                        ? NumberInput.parseDouble(text, true)
                        : NumberInput.parseFloat(text, true);
                if (Double.isInfinite(value)) {
                    throw Faults.doesNotFit(datatype);
                }
                yield value;
            }
            case OTHER ->
                switch (text) {
                    case "NaN", "nan" -> Double.NaN;
                    case "Infinity", "inf" -> Double.POSITIVE_INFINITY;
                    case "-Infinity", "-inf" -> Double.NEGATIVE_INFINITY;
                    default -> throw Faults.wrongKind("a number", null);
                };
        };
    }

    private static void integer(String text, RowTensor into, int index, int maxNumber) {
        switch (NumberText.of(text, maxNumber)) {
            case INTEGER -> {
                if (text.length() <= LONG_DIGITS) {
                    into.putInteger(index, Long.parseLong(text));
                } else {
                    into.putInteger(index, new BigInteger(text));
                }
            }
            case DECIMAL ->
                into.putInteger(index, Lossless.integer(text, into.spec().datatype()));
            case OTHER -> throw Faults.wrongKind("an integer", null);
        }
    }

    private static boolean bool(String text) {
        return switch (text) {
            case "true", "True", "TRUE" -> true;
            case "false", "False", "FALSE" -> false;
            default -> throw Faults.wrongKind("true or false", null);
        };
    }
}
