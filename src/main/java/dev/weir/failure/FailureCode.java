package dev.weir.failure;

/**
 * The stable code of an error: what a caller's program may branch on. Names are part of the public interface and never
 * change or get reused.
 */
public enum FailureCode {
    /** The body is not well-formed JSON: a syntax error, a truncated document, or bytes after its end. */
    MALFORMED_JSON,
    /** A body, binary block or CSV document ends early, carries extra bytes, or its framing lies. */
    MALFORMED_BODY,
    /** One JSON object has the same key twice. */
    DUPLICATE_KEY,
    /** Text is not valid UTF-8. */
    INVALID_UTF8,
    /** The body is larger than the server accepts. */
    BODY_TOO_LARGE,
    /** The body did not arrive in the time the server grants it. */
    BODY_TIMEOUT,
    /** A limit on nesting, members, string, number, rank, element count, name length or reported rows is exceeded. */
    LIMIT_EXCEEDED,
    /** A field the protocol requires is absent. */
    MISSING_FIELD,
    /** A field's value has the wrong JSON type or is outside what the protocol allows. */
    INVALID_FIELD,
    /** An id or a name holds characters, or has a length, that the server refuses. */
    INVALID_ID,
    /** A header's value can't be read. */
    INVALID_HEADER,
    /** The request names an input that the signature does not have. */
    UNKNOWN_INPUT,
    /** The request lacks an input that the signature has. */
    MISSING_INPUT,
    /** The request gives one input twice. */
    DUPLICATE_INPUT,
    /** The request asks for an output that the signature does not have. */
    UNKNOWN_OUTPUT,
    /** A row names a feature that the signature does not have. */
    UNKNOWN_FEATURE,
    /** A row lacks a feature that the signature has. */
    MISSING_FEATURE,
    /** A tensor's datatype differs from the promised one. */
    WRONG_DATATYPE,
    /** A tensor's shape does not fit the promised one. */
    WRONG_SHAPE,
    /** A tensor's data does not have as many elements or bytes as its shape and datatype say. */
    WRONG_DATA_LENGTH,
    /** A value can't be held by its datatype without loss. */
    VALUE_OUT_OF_RANGE,
    /** NaN or an infinity where the signature forbids it. */
    NON_FINITE_VALUE,
    /** The batch has no rows. */
    EMPTY_BATCH,
    /** A valid value that the model's runtime can't take unharmed. */
    UNSUPPORTED_VALUE,
    /** A datatype that is unknown, or that the model's runtime can't execute. */
    UNSUPPORTED_DATATYPE,
    /** A protocol parameter with a meaning this server does not implement. */
    UNSUPPORTED_PARAMETER,
    /** A content type or content encoding this endpoint does not read. */
    UNSUPPORTED_MEDIA_TYPE,
    /** The caller takes no content type that this endpoint writes. */
    NOT_ACCEPTABLE,
    /** The request's form does not suit this model. */
    UNSUPPORTED_REQUEST,
    /** The path exists, with another method. */
    METHOD_NOT_ALLOWED,
    /** Nothing lives at this path. */
    NOT_FOUND,
    /** No deployment has this name. */
    UNKNOWN_MODEL,
    /** The deployment has no such version loaded. */
    UNKNOWN_VERSION,
    /** No record of a prediction has this id, or none any more. */
    UNKNOWN_PREDICTION,
    /** The caller could not be identified. */
    UNAUTHENTICATED,
    /** The caller may not do this. */
    FORBIDDEN,
    /** The version's queue is full, or the one for large bodies, or as many registrations run as may. */
    QUEUE_FULL,
    /** The server's byte budget is taken, or the room for idempotency keys of requests under way. */
    BYTE_BUDGET_EXHAUSTED,
    /** The log of predictions has no room, and the deployment answers nothing that is not on record. */
    LOG_FULL,
    /** The record of a prediction could not be written, and the deployment answers nothing that is not on record. */
    LOG_UNAVAILABLE,
    /** The server is shutting down. */
    SHUTTING_DOWN,
    /** The deployment exists, but its version is not loaded. */
    MODEL_NOT_READY,
    /** The deadline passed. */
    DEADLINE_EXCEEDED,
    /** The caller went away before the answer. */
    CANCELLED,
    /** The model ran and failed. */
    EXECUTION_FAILED,
    /** The model's answer can't be written down unharmed. */
    INVALID_OUTPUT,
    /** A version's artifact or manifest was refused. */
    ARTIFACT_REJECTED,
    /** A model that was handed over is none that could serve: its file, its signature or a golden sample was refused. */
    MODEL_REFUSED,
    /** The model registry can't be read or written right now. */
    REGISTRY_UNAVAILABLE,
    /** What must be kept, such as outcomes and the record of who read what, can't be written or read right now. */
    STORE_UNAVAILABLE,
    /** Somebody else changed the same thing first; read it again. */
    CONFLICT,
    /** The configuration was refused. */
    CONFIGURATION_REJECTED,
    /** A fault of the server itself. */
    INTERNAL_ERROR
}
