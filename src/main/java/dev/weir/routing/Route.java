package dev.weir.routing;

import java.util.Locale;

/**
 * The decision for one request.
 *
 * @param variant who answers
 * @param reason why
 */
public record Route(Variant variant, Reason reason) {

    /** Why a variant was chosen. */
    public enum Reason {
        /** It is the deployment's primary and nothing else was asked for. */
        PRIMARY,
        /** The caller asked for its version; kept out of every comparison. */
        PINNED;

        /** Returns the word used on the wire. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
