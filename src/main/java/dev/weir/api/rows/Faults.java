package dev.weir.api.rows;

import com.fasterxml.jackson.core.JsonToken;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import org.jspecify.annotations.Nullable;

/**
 * What can be wrong with one value. The messages are predicates, such as {@code must be a number}; {@link #of} gives
 * them their subject.
 */
final class Faults {

    private Faults() {}

    /** Returns the fault of a value of another kind. */
    static RequestRejected wrongKind(String expected, @Nullable JsonToken found) {
        return new RequestRejected(
                FailureCode.INVALID_FIELD, "must be " + expected + (found == null ? "" : ", not " + kind(found)));
    }

    private static String kind(JsonToken token) {
        return switch (token) {
            case START_OBJECT, END_OBJECT, FIELD_NAME -> "an object";
            case START_ARRAY, END_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE, VALUE_FALSE -> "true or false";
            case VALUE_NULL -> "null";
            case NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT -> "something else";
        };
    }

    /** Returns the fault of a number that its datatype can't hold, or only by changing it. */
    static RequestRejected doesNotFit(DataType datatype) {
        return new RequestRejected(FailureCode.VALUE_OUT_OF_RANGE, "does not fit " + datatype + " without loss");
    }

    /** Returns the fault of a null, or of an empty cell, where the model takes no missing values. */
    static RequestRejected missing() {
        return new RequestRejected(FailureCode.MISSING_FEATURE, "has no value, and the model takes no missing values");
    }

    /** Returns the fault of NaN or an infinity where the model takes neither. */
    static RequestRejected nonFinite() {
        return new RequestRejected(FailureCode.NON_FINITE_VALUE, "must be neither NaN nor infinite");
    }

    /** Returns the fault of a text that the model's runtime would garble. */
    static RequestRejected unsupportedText() {
        return new RequestRejected(
                FailureCode.UNSUPPORTED_VALUE,
                "must have no NUL and no character above U+FFFF, which the model's runtime does not take");
    }

    /** Returns the fault of an array that is not nested as a row of the tensor is. */
    static RequestRejected wrongNesting(String shape) {
        return new RequestRejected(FailureCode.WRONG_SHAPE, "must be nested exactly as shape " + shape + " is");
    }

    /**
     * Returns a fault with its subject.
     *
     * @param name the feature's name
     * @param element the element's indices within the feature, such as {@code [2][5]}, or empty
     */
    static RequestRejected of(String name, String element, RequestRejected fault) {
        String subject = element.isEmpty() ? "feature '" + name + "' " : "element " + element + " of '" + name + "' ";
        return new RequestRejected(fault.code(), subject + fault.publicMessage(), name + element, fault.limit());
    }
}
