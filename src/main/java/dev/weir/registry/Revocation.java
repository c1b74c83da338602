package dev.weir.registry;

import java.time.Instant;
import java.util.Objects;

/**
 * Why a version may not serve any more, for good.
 *
 * @param actor who revoked it
 * @param at when
 * @param reason why
 */
public record Revocation(String actor, Instant at, String reason) {

    /** Returns this with words for what is missing, as it may be in what was read. */
    Revocation orUnknown() {
        return new Revocation(
                Objects.requireNonNullElse(actor, "unknown"),
                Objects.requireNonNullElse(at, Instant.EPOCH),
                Objects.requireNonNullElse(reason, "no reason was given"));
    }
}
