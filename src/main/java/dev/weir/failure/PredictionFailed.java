package dev.weir.failure;

import org.jspecify.annotations.Nullable;

/** A prediction that the server accepted, or would have accepted, and could not deliver. */
public final class PredictionFailed extends WeirException {

    /** Fails a prediction for a reason that has no deeper cause, such as a deadline. */
    public PredictionFailed(FailureCode code, String message) {
        super(code, message, null, false);
    }

    /**
     * Fails a prediction.
     *
     * @param cause what happened inside; logged, never shown to a caller
     */
    public PredictionFailed(FailureCode code, String message, @Nullable Throwable cause) {
        super(code, message, cause, true);
    }
}
