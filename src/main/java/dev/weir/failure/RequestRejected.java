package dev.weir.failure;

import org.jspecify.annotations.Nullable;

/**
 * A request that its caller may mend: the code says what is wrong, the field says where, the limit says how far one may
 * go.
 */
public final class RequestRejected extends WeirException {

    private final @Nullable String field;
    private final @Nullable Long limit;

    /** Rejects a request as a whole. */
    public RequestRejected(FailureCode code, String message) {
        this(code, message, null, null);
    }

    /** Rejects a request for one field. */
    public RequestRejected(FailureCode code, String message, @Nullable String field) {
        this(code, message, field, null);
    }

    /**
     * Rejects a request for one field that passes a limit.
     *
     * @param field where in the request, such as {@code inputs[0].shape}; null when the request as a whole is meant
     * @param limit the largest accepted value; null when no number bounds it
     */
    public RequestRejected(FailureCode code, String message, @Nullable String field, @Nullable Long limit) {
        super(code, message, null, false);
        this.field = field;
        this.limit = limit;
    }

    /** Returns where in the request the fault lies, or null. */
    public @Nullable String field() {
        return field;
    }

    /** Returns the largest accepted value, or null. */
    public @Nullable Long limit() {
        return limit;
    }

    /** Returns this rejection with its field placed inside {@code place}, such as {@code inputs[0]}. */
    public RequestRejected at(String place) {
        String inner = field == null || field.isEmpty() ? place : place + "." + field;
        return new RequestRejected(code(), publicMessage(), inner, limit);
    }
}
