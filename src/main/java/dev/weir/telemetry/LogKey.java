package dev.weir.telemetry;

/** The keys a log line may carry, and their spelling. */
public enum LogKey {
    /** The caller's id of the request. */
    REQUEST_ID("requestId"),
    /** Our id of the attempt. */
    PREDICTION_ID("predictionId"),
    /** The W3C trace id. */
    TRACE_ID("traceId"),
    /** The W3C id of the parent span. */
    SPAN_ID("spanId"),
    /** The deployment that was called. */
    DEPLOYMENT("deployment"),
    /** The model's name. */
    MODEL("model"),
    /** The model version's name. */
    VERSION("modelVersion"),
    /** The variant's name. */
    VARIANT("variant"),
    /** A model's alias. */
    ALIAS("alias"),
    /** Who did something. */
    ACTOR("actor"),
    /** A stable error code. */
    CODE("code"),
    /** The field an error blames. */
    FIELD("field"),
    /** Why something happened. */
    REASON("reason"),
    /** A count. */
    COUNT("count"),
    /** A duration in milliseconds. */
    MILLIS("millis"),
    /** When something was read that can't be read now. */
    CACHED_AT("cachedAt"),
    /** A sink of the prediction log. */
    SINK("sink"),
    /** A position in the prediction log. */
    POSITION("position"),
    /** How far the prediction log went, signed; one line of JSON. */
    CHECKPOINT("checkpoint"),
    /** Which segment of the prediction log was deleted, signed; the line of the file {@code deletions}. */
    DELETION("deletion"),
    /** A content digest. */
    DIGEST("digest");

    private final String spelling;

    LogKey(String spelling) {
        this.spelling = spelling;
    }

    /** Returns the key as it stands in a log line. */
    public String spelling() {
        return spelling;
    }
}
