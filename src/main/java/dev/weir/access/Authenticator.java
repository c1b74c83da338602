package dev.weir.access;

import dev.weir.inference.Caller;
import org.jspecify.annotations.Nullable;

/** Identifies callers from what they send. Thread-safe; must not block. */
public interface Authenticator {

    /**
     * Identifies a caller.
     *
     * @param authorization the Authorization header, or null
     * @return who it is
     * @throws dev.weir.failure.RequestRejected with {@code UNAUTHENTICATED} when it is nobody
     */
    Caller authenticate(@Nullable String authorization);
}
