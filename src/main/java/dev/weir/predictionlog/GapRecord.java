package dev.weir.predictionlog;

import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The mark of records that are missing.
 *
 * @param from when the first of them was lost, or may have been
 * @param to when the last was
 * @param deployment whose records they are; null when that is not known
 * @param count how many; null when nobody can know
 * @param reason why
 */
public record GapRecord(
        Instant from,
        Instant to,
        @Nullable String deployment,
        @Nullable Long count,
        Reason reason) implements LogEntry {

    /** Why records are missing. */
    public enum Reason {
        /** The buffer had no room, and the deployment says drop. */
        OVERFLOW,
        /** The process ended without closing its log: records of its last moments may be lost. */
        CRASH,
        /** What was in the buffer at the end could not be written in time. */
        SHUTDOWN,
        /** The log deleted them before they were forwarded. In what was forwarded only, never in the log itself. */
        RETENTION,
        /** The log had them, and can't read them any more. In what was forwarded only, never in the log itself. */
        DAMAGE,
        /** The record could not be encoded; a fault of the server. */
        FAULT;

        /** Returns the word used in records and metrics. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
