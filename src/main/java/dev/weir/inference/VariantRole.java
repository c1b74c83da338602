package dev.weir.inference;

import java.util.Locale;

/** The part a variant plays in its deployment; the same words in configuration, records and metrics. */
public enum VariantRole {
    /** Answers unless another is chosen; answers for others when they fail. */
    PRIMARY,
    /** Takes a growing share of traffic on trial. */
    CANARY,
    /** One arm of a comparison. */
    ARM,
    /** Sees copies of requests and answers nobody. */
    SHADOW,
    /** Stays loaded, and is reached by pinned calls only. */
    STANDBY;

    /** Returns the word used on the wire. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
