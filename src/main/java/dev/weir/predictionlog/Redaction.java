package dev.weir.predictionlog;

import java.util.Locale;

/** What becomes of a feature's values before they are recorded. */
public enum Redaction {
    /** They are kept. */
    KEEP,
    /** A keyed digest stands for each: equal values have equal digests, as long as the key lives. */
    HASH,
    /** They are left out. */
    DROP;

    /** Returns the word used in configuration. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
