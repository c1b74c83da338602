package dev.weir.failure;

import org.jspecify.annotations.Nullable;

/** The model registry can't be read or written right now; what was loaded from it goes on serving. */
public final class RegistryUnavailable extends WeirException {

    /**
     * Says what could not be done.
     *
     * @param cause what happened inside; logged, never shown to a caller
     */
    public RegistryUnavailable(String message, @Nullable Throwable cause) {
        super(FailureCode.REGISTRY_UNAVAILABLE, message, cause, true);
    }
}
