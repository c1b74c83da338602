package dev.weir.api.http;

import io.vertx.core.http.HttpHeaders;

/** The HTTP headers Weir reads and writes, in a form that costs nothing to compare. */
public final class Headers {

    /** The caller's id of a request; echoed, or made up, on every answer. */
    public static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("X-Request-Id");

    /** Our id of the attempt that answered. */
    public static final CharSequence PREDICTION_ID = HttpHeaders.createOptimized("Weir-Prediction-Id");

    /** The version that answered. */
    public static final CharSequence MODEL_VERSION = HttpHeaders.createOptimized("Weir-Model-Version");

    /** The variant that answered. */
    public static final CharSequence VARIANT = HttpHeaders.createOptimized("Weir-Variant");

    /** How long the caller waits, in milliseconds. */
    public static final CharSequence TIMEOUT_MS = HttpHeaders.createOptimized("Weir-Timeout-Ms");

    /** The caller's own ids of the rows of a request, separated by commas, to join truth on. */
    public static final CharSequence INFERENCE_ID = HttpHeaders.createOptimized("Weir-Inference-Id");

    /** The same for a single row, as SageMaker's clients send it. */
    public static final CharSequence SAGEMAKER_INFERENCE_ID =
            HttpHeaders.createOptimized("X-Amzn-SageMaker-Inference-Id");

    /** The caller's name for a request that it may send again. */
    public static final CharSequence IDEMPOTENCY_KEY = HttpHeaders.createOptimized("Idempotency-Key");

    /** Says that an answer was given before. */
    public static final CharSequence IDEMPOTENCY_REPLAYED = HttpHeaders.createOptimized("Idempotency-Replayed");

    /** The W3C trace context. */
    public static final CharSequence TRACEPARENT = HttpHeaders.createOptimized("traceparent");

    /** The length of the JSON part of a body with binary tensors. */
    public static final CharSequence INFERENCE_HEADER_LENGTH =
            HttpHeaders.createOptimized("Inference-Header-Content-Length");

    /** Whether one bad row refuses the request ({@code reject}, the default) or is reported apart ({@code report}). */
    public static final CharSequence ON_ROW_ERROR = HttpHeaders.createOptimized("Weir-On-Row-Error");

    /** When the registry was last read, if it can't be read now and the answer comes from its cache. */
    public static final CharSequence REGISTRY_CACHED_AT = HttpHeaders.createOptimized("Weir-Registry-Cached-At");

    private Headers() {}
}
