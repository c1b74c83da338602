package dev.weir.api.rows;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.Utf8;
import java.io.IOException;
import java.util.Arrays;

/**
 * Reads one value of one row from JSON into its tensor.
 *
 * <p>A number changes its type only where nothing is lost: an integer becomes a floating-point value if the type has that
 * very value, a decimal becomes an integer if it is one. A decimal is rounded to its floating-point type, as decimals
 * are. Strings, numbers and truth values never become one another, but for the strings {@code "NaN"}, {@code "Infinity"}
 * and {@code "-Infinity"}. Null is NaN where the model takes NaN.
 */
final class JsonCells {

    private final JsonParser parser;
    private final JsonText text;
    private final int[] path;

    JsonCells(JsonParser parser, JsonText text, RowLayout layout) {
        this.parser = parser;
        this.text = text;
        this.path = new int[layout.rowRank()];
    }

    /**
     * Reads a value; the parser stands on its first token and afterwards on its last.
     *
     * @throws RequestRejected naming the feature, when the value does not fit; the parser then stands anywhere within it
     * @throws IOException when the JSON is broken
     */
    void read(Slot slot, RowTensor into, int row) throws IOException {
        try {
            if (slot.scalar()) {
                scalar(slot, into, into.indexOf(row) + slot.first());
            } else {
                Arrays.fill(path, -1);
                if (!into.isShaped()) {
                    requireArray(into);
                    into.shape(row, text.extents(parser, into.rowRank()));
                }
                nested(into, 0, into.indexOf(row));
            }
        } catch (RequestRejected e) {
            throw Faults.of(slot.name(), slot.scalar() ? "" : element(into), e);
        }
    }

    private void scalar(Slot slot, RowTensor into, int index) throws IOException {
        JsonToken token = parser.currentToken();
        boolean boxed = slot.boxable() && token == JsonToken.START_ARRAY;
        put(boxed ? parser.nextToken() : token, into, index);
        if (boxed && parser.nextToken() != JsonToken.END_ARRAY) {
            throw Faults.wrongNesting(into.rowShape());
        }
    }

    private int nested(RowTensor into, int axis, int index) throws IOException {
        if (axis == into.rowRank()) {
            put(parser.currentToken(), into, index);
            return index + 1;
        }
        requireArray(into);
        long extent = into.extent(axis);
        int next = index;
        int count = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (count == extent) {
                throw Faults.wrongNesting(into.rowShape());
            }
            path[axis] = count;
            next = nested(into, axis + 1, next);
            count++;
        }
        path[axis] = -1;
        if (count != extent) {
            throw Faults.wrongNesting(into.rowShape());
        }
        return next;
    }

    private void requireArray(RowTensor into) {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw parser.currentToken() == JsonToken.VALUE_NULL
                    ? Faults.missing()
                    : Faults.wrongKind("an array of shape " + into.rowShape(), parser.currentToken());
        }
    }

    private String element(RowTensor into) {
        StringBuilder indices = new StringBuilder();
        for (int axis = 0; axis < into.rowRank() && path[axis] >= 0; axis++) {
            indices.append('[').append(path[axis]).append(']');
        }
        return indices.toString();
    }

    private void put(JsonToken token, RowTensor into, int index) throws IOException {
        if (token == JsonToken.VALUE_NULL) {
            into.putMissing(index);
            return;
        }
        DataType datatype = into.spec().datatype();
        switch (datatype) {
            case FP32, FP16, BF16 -> into.putReal(index, single(token, datatype));
            case FP64 -> into.putReal(index, real(token));
            case INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 -> integer(token, into, index);
            case BOOL -> into.putBool(index, bool(token));
            case BYTES -> into.putText(index, utf8(token));
        }
    }

    private double single(JsonToken token, DataType datatype) throws IOException {
        if (token == JsonToken.VALUE_NUMBER_FLOAT) {
            float value = parser.getFloatValue();
            if (Float.isInfinite(value)) {
                throw Faults.doesNotFit(datatype);
            }
            return value;
        }
        return otherReal(token, datatype);
    }

    private double real(JsonToken token) throws IOException {
        if (token == JsonToken.VALUE_NUMBER_FLOAT) {
            double value = parser.getDoubleValue();
            if (Double.isInfinite(value)) {
                throw Faults.doesNotFit(DataType.FP64);
            }
            return value;
        }
        return otherReal(token, DataType.FP64);
    }

    private double otherReal(JsonToken token, DataType datatype) throws IOException {
        if (token == JsonToken.VALUE_NUMBER_INT) {
            return parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                    ? Lossless.real(parser.getBigIntegerValue(), datatype)
                    : Lossless.real(parser.getLongValue(), datatype);
        }
        if (token == JsonToken.VALUE_STRING) {
            return switch (parser.getText()) {
                case "NaN" -> Double.NaN;
                case "Infinity" -> Double.POSITIVE_INFINITY;
                case "-Infinity" -> Double.NEGATIVE_INFINITY;
                default -> throw Faults.wrongKind("a number", token);
            };
        }
        throw Faults.wrongKind("a number", token);
    }

    private void integer(JsonToken token, RowTensor into, int index) throws IOException {
        if (token == JsonToken.VALUE_NUMBER_INT) {
            if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
                into.putInteger(index, parser.getBigIntegerValue());
            } else {
                into.putInteger(index, parser.getLongValue());
            }
        } else if (token == JsonToken.VALUE_NUMBER_FLOAT) {
            double value = parser.getDoubleValue();
            if (Lossless.isPlainInteger(value, parser.getTextLength())) {
                into.putInteger(index, (long) value);
            } else {
                into.putInteger(
                        index, Lossless.integer(parser.getText(), into.spec().datatype()));
            }
        } else {
            throw Faults.wrongKind("an integer", token);
        }
    }

    private static boolean bool(JsonToken token) {
        if (token != JsonToken.VALUE_TRUE && token != JsonToken.VALUE_FALSE) {
            throw Faults.wrongKind("true or false", token);
        }
        return token == JsonToken.VALUE_TRUE;
    }

    private byte[] utf8(JsonToken token) throws IOException {
        if (token != JsonToken.VALUE_STRING) {
            throw Faults.wrongKind("a string", token);
        }
        try {
            return Utf8.encode(parser.getText(), "");
        } catch (RequestRejected e) {
            throw new RequestRejected(FailureCode.INVALID_UTF8, "must be valid UTF-8 text");
        }
    }
}
