package dev.weir.routing;

import dev.weir.inference.VariantRole;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The decision for one request.
 *
 * @param variant who answers
 * @param reason why
 * @param assigned where the request's key fell; null when none was asked for. Who answers is another one when that one can't,
 *     and what comes of it still counts for the one it fell on
 */
public record Route(Variant variant, Reason reason, Assignment.@Nullable Assigned assigned) {

    /** Why a variant was chosen. */
    public enum Reason {
        /** It is the deployment's primary and nothing else was asked for. */
        PRIMARY,
        /** The request's key fell on it. */
        HASH,
        /** It is the primary, and answers for the variant the key fell on. */
        FALLBACK,
        /** The caller asked for its version; kept out of every comparison. */
        PINNED;

        /** Returns the word used on the wire. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Returns a route that no key decided. */
    public static Route to(Variant variant, Reason reason) {
        return new Route(variant, reason, null);
    }

    /** Says whether another variant may have to answer for this one. */
    public boolean isOnTrial() {
        return reason == Reason.HASH && variant.role() != VariantRole.PRIMARY;
    }
}
