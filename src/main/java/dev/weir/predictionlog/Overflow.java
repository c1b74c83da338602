package dev.weir.predictionlog;

import java.util.Locale;

/** What becomes of a request when the log has no room for its record. */
public enum Overflow {
    /** It is answered without a record; the log says how many were. */
    DROP,
    /** It waits for room, at most until its deadline. */
    BLOCK,
    /** It is refused as overloaded. */
    REJECT;

    /** Returns the word used in configuration and metrics. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
