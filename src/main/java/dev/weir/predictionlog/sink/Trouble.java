package dev.weir.predictionlog.sink;

import java.util.Locale;

/** What keeps a sink from being written, as a stable word. */
public enum Trouble {
    /** It can't be reached, or failed for a reason of its own. */
    UNREACHABLE,
    /** It does not know who asks. */
    UNAUTHENTICATED,
    /** Who asks may not do what it takes. */
    FORBIDDEN,
    /** What is written to is missing, such as a table, a bucket or a directory. */
    MISSING,
    /** Its tables are of a Weir that this one does not know. */
    UNKNOWN_SCHEMA,
    /** It has no room. */
    FULL,
    /** It answers, but too late. */
    TIMEOUT,
    /** Somebody else forwards the log of the same replica. */
    CONTESTED,
    /** A call has not come back for long. */
    HANGING,
    /** It refuses entries, and no more may be put aside. */
    DEAD_LETTERS_FULL,
    /** It has entries that the log does not have: the log was replaced, or lost its end. */
    AHEAD_OF_LOG,
    /** The local log can't be read. */
    LOG_UNREADABLE,
    /** The position, or what was refused, can't be written down on this machine. */
    STATE_UNWRITABLE,
    /** A fault of the server itself. */
    FAULT;

    /** Returns the word used in the status and in logs. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
