package dev.weir.api;

import dev.weir.failure.FailureCode;
import io.grpc.Status;

/** The one place where an error's code becomes an HTTP status and a gRPC status. */
public final class StatusTable {

    private StatusTable() {}

    /** Returns the HTTP status of a code. */
    public static int http(FailureCode code) {
        return switch (code) {
            case MALFORMED_JSON,
                    MALFORMED_BODY,
                    DUPLICATE_KEY,
                    INVALID_UTF8,
                    LIMIT_EXCEEDED,
                    MISSING_FIELD,
                    INVALID_FIELD,
                    INVALID_ID,
                    INVALID_HEADER,
                    UNKNOWN_INPUT,
                    MISSING_INPUT,
                    DUPLICATE_INPUT,
                    UNKNOWN_OUTPUT,
                    UNKNOWN_FEATURE,
                    MISSING_FEATURE,
                    WRONG_DATATYPE,
                    WRONG_SHAPE,
                    WRONG_DATA_LENGTH,
                    VALUE_OUT_OF_RANGE,
                    NON_FINITE_VALUE,
                    EMPTY_BATCH,
                    UNSUPPORTED_VALUE,
                    UNSUPPORTED_DATATYPE,
                    UNSUPPORTED_PARAMETER,
                    UNSUPPORTED_REQUEST -> 400;
            case UNAUTHENTICATED -> 401;
            case FORBIDDEN -> 403;
            case NOT_FOUND, UNKNOWN_MODEL, UNKNOWN_VERSION, UNKNOWN_PREDICTION -> 404;
            case METHOD_NOT_ALLOWED -> 405;
            case NOT_ACCEPTABLE -> 406;
            case BODY_TIMEOUT -> 408;
            case CONFLICT -> 409;
            case BODY_TOO_LARGE -> 413;
            case UNSUPPORTED_MEDIA_TYPE -> 415;
            case MODEL_REFUSED -> 422;
            case CANCELLED -> 499;
            case EXECUTION_FAILED, INVALID_OUTPUT, ARTIFACT_REJECTED, CONFIGURATION_REJECTED, INTERNAL_ERROR -> 500;
            case QUEUE_FULL,
                    BYTE_BUDGET_EXHAUSTED,
                    LOG_FULL,
                    LOG_UNAVAILABLE,
                    SHUTTING_DOWN,
                    MODEL_NOT_READY,
                    REGISTRY_UNAVAILABLE,
                    STORE_UNAVAILABLE -> 503;
            case DEADLINE_EXCEEDED -> 504;
        };
    }

    /** Returns the gRPC status of a code. */
    public static Status.Code grpc(FailureCode code) {
        return switch (code) {
            case MALFORMED_JSON,
                    MALFORMED_BODY,
                    DUPLICATE_KEY,
                    INVALID_UTF8,
                    LIMIT_EXCEEDED,
                    MISSING_FIELD,
                    INVALID_FIELD,
                    INVALID_ID,
                    INVALID_HEADER,
                    UNKNOWN_INPUT,
                    MISSING_INPUT,
                    DUPLICATE_INPUT,
                    UNKNOWN_OUTPUT,
                    UNKNOWN_FEATURE,
                    MISSING_FEATURE,
                    WRONG_DATATYPE,
                    WRONG_SHAPE,
                    WRONG_DATA_LENGTH,
                    VALUE_OUT_OF_RANGE,
                    NON_FINITE_VALUE,
                    EMPTY_BATCH,
                    UNSUPPORTED_VALUE,
                    UNSUPPORTED_DATATYPE,
                    UNSUPPORTED_PARAMETER,
                    UNSUPPORTED_REQUEST,
                    MODEL_REFUSED -> Status.Code.INVALID_ARGUMENT;
            case UNAUTHENTICATED -> Status.Code.UNAUTHENTICATED;
            case FORBIDDEN -> Status.Code.PERMISSION_DENIED;
            case UNKNOWN_MODEL, UNKNOWN_VERSION, UNKNOWN_PREDICTION -> Status.Code.NOT_FOUND;
            // What gRPC calls unimplemented: a call that does not exist, or is made in a form the server can't read.
            case NOT_FOUND, METHOD_NOT_ALLOWED, NOT_ACCEPTABLE, UNSUPPORTED_MEDIA_TYPE -> Status.Code.UNIMPLEMENTED;
            case BODY_TOO_LARGE, QUEUE_FULL, BYTE_BUDGET_EXHAUSTED, LOG_FULL -> Status.Code.RESOURCE_EXHAUSTED;
            case CANCELLED -> Status.Code.CANCELLED;
            case EXECUTION_FAILED, INVALID_OUTPUT, ARTIFACT_REJECTED, CONFIGURATION_REJECTED, INTERNAL_ERROR ->
                Status.Code.INTERNAL;
            case CONFLICT -> Status.Code.ABORTED;
            case LOG_UNAVAILABLE, SHUTTING_DOWN, MODEL_NOT_READY, REGISTRY_UNAVAILABLE, STORE_UNAVAILABLE ->
                Status.Code.UNAVAILABLE;
            case BODY_TIMEOUT, DEADLINE_EXCEEDED -> Status.Code.DEADLINE_EXCEEDED;
        };
    }
}
