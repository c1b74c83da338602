package dev.weir.failure;

import java.time.Duration;

/** The server has no room for a request right now; the same request may succeed later. */
public final class Overloaded extends WeirException {

    private final Duration retryAfter;

    /**
     * Refuses a request for lack of room.
     *
     * @param retryAfter how long a caller should wait before it tries again
     */
    public Overloaded(FailureCode code, String message, Duration retryAfter) {
        super(code, message, null, false);
        this.retryAfter = retryAfter;
    }

    /** Returns how long a caller should wait before it tries again. */
    public Duration retryAfter() {
        return retryAfter;
    }
}
