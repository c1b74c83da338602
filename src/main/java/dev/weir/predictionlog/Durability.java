package dev.weir.predictionlog;

import java.util.Locale;

/** When an answer may leave. */
public enum Durability {
    /** At once; a process that dies may lose the records of its last moments. */
    ASYNC,
    /** When its record is on this replica's disk. */
    SYNC;

    /** Returns the word used in configuration. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
