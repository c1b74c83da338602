package dev.weir.predictionlog.subject;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A duty to keep records, placed by somebody. It covers what all its conditions fit.
 *
 * @param id its name
 * @param subjectKeys every key of the subject whose records it covers; empty for those of all, and of none
 * @param deployment the deployment whose records it covers; null for all
 * @param from the earliest time that it covers; null for every time before {@code to}
 * @param to the time that it covers no more; null for every time after {@code from}
 * @param reason why
 * @param placedBy who placed it
 * @param placedAt when
 * @param released who released it, when and why; null while it holds
 */
public record LegalHold(
        String id,
        List<String> subjectKeys,
        @Nullable String deployment,
        @Nullable Instant from,
        @Nullable Instant to,
        String reason,
        String placedBy,
        Instant placedAt,
        @Nullable Release released) {

    /**
     * The end of a hold.
     *
     * @param reason why
     * @param by who released it
     * @param at when
     */
    public record Release(String reason, String by, Instant at) {}

    /** Copies the list. */
    public LegalHold {
        subjectKeys = List.copyOf(subjectKeys);
    }

    /** Says whether it holds. */
    public boolean isActive() {
        return released == null;
    }

    /** Says whether some of a stretch of time is covered, both ends included. */
    boolean covers(Instant first, Instant last) {
        return (from == null || !last.isBefore(from)) && (to == null || first.isBefore(to));
    }
}
