package dev.weir.failure;

import org.jspecify.annotations.Nullable;

/**
 * An error with a stable code and a message that may be shown to a caller as it is.
 *
 * <p>The family is sealed: edges switch over it completely. Exceptions of the hot path carry no stack trace, because
 * hostile traffic would otherwise pay the server in stack walks.
 */
public abstract sealed class WeirException extends RuntimeException
        permits RequestRejected,
                Overloaded,
                PredictionFailed,
                ArtifactRejected,
                RegistryUnavailable,
                StoreUnavailable,
                ConfigurationRejected {

    private final FailureCode code;

    WeirException(FailureCode code, String message, @Nullable Throwable cause, boolean stackTrace) {
        super(message, cause, false, stackTrace);
        this.code = code;
    }

    /** Returns the stable code. */
    public final FailureCode code() {
        return code;
    }

    /** Returns the message, fit for a caller: it names fields and limits, never the server's insides. */
    public final String publicMessage() {
        String message = getMessage();
        return message == null ? code.name() : message;
    }
}
