package dev.weir.failure;

import org.jspecify.annotations.Nullable;

/** What the server keeps beside its models can't be written or read right now; what depends on it is refused. */
public final class StoreUnavailable extends WeirException {

    /**
     * Says what could not be done.
     *
     * @param cause what happened inside; logged, never shown to a caller
     */
    public StoreUnavailable(String message, @Nullable Throwable cause) {
        super(FailureCode.STORE_UNAVAILABLE, message, cause, true);
    }
}
