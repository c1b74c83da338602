package dev.weir.serving;

import dev.weir.failure.FailureCode;
import java.util.Locale;

/** Why the primary answers for a variant that a request fell on. */
enum FallbackReason {
    /** It has no version, or its version is not loaded. */
    NOT_READY,
    /** It failed too often. */
    BREAKER,
    /** Too little time was left to try it first. */
    NO_TIME,
    /** It had no room. */
    FULL,
    /** It took too long. */
    TIMEOUT,
    /** It can't take the input. */
    REFUSED,
    /** Its answer holds what is no number. */
    INVALID_OUTPUT,
    /** It failed. */
    ERROR;

    /** Returns what a failure of an attempt is. */
    static FallbackReason of(FailureCode code) {
        return switch (code) {
            case QUEUE_FULL -> FULL;
            case DEADLINE_EXCEEDED -> TIMEOUT;
            case INVALID_OUTPUT -> INVALID_OUTPUT;
            case EXECUTION_FAILED, INTERNAL_ERROR -> ERROR;
            default -> REFUSED;
        };
    }

    /** Returns the word used in metrics. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
