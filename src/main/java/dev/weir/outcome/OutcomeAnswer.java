package dev.weir.outcome;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What became of a report.
 *
 * @param result what
 * @param revision its number among those of the same subject, reporter's scope and source; 0 when it was rejected
 * @param matched whether the log has the prediction
 * @param rejection why it was rejected, or null
 */
public record OutcomeAnswer(
        Result result,
        int revision,
        boolean matched,
        @Nullable RequestRejected rejection) {

    /** What becomes of reports. */
    public enum Result {
        /** It is the first of its prediction. */
        ACCEPTED,
        /** It is a newer revision of what was reported before, which is kept too. */
        CORRECTED,
        /** It is an older revision than one that was reported before; it is kept too. */
        SUPERSEDED,
        /** The same was reported before; nothing changed. */
        DUPLICATE,
        /** The log has no such prediction yet; it is kept and waits for one, for some time. */
        PENDING,
        /** The prediction is older than records are kept; it is kept without. */
        LATE,
        /** It is not kept. */
        REJECTED,
        /** It was pending for too long, and is forgotten. No report is answered so. */
        EXPIRED,
        /** It was pending until its prediction came, of a subject that was forgotten. No report is answered so. */
        ERASED;

        /** Returns the word used in answers and metrics. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Says why a report is rejected. */
    public static OutcomeAnswer rejected(RequestRejected why) {
        return new OutcomeAnswer(Result.REJECTED, 0, false, why);
    }

    static OutcomeAnswer rejected(FailureCode code, String message, String field) {
        return rejected(new RequestRejected(code, message, field));
    }
}
