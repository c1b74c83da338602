package dev.weir.keyring;

import java.util.Locale;

/** What a key is for. */
public enum KeyKind {
    /** Keyed digests. */
    HMAC,
    /** Wraps other keys. */
    MASTER,
    /** Signs what the log says of itself. */
    SIGNING;

    /** Returns the word in names of files. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
