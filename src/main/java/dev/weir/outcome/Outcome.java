package dev.weir.outcome;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What was reported of a prediction.
 *
 * @param row the row it is about; null when it was reported by inference id
 * @param inferenceId the caller's own id that it was reported by; null when it was not
 * @param value the truth, as JSON
 * @param observedAt when it was observed, or null
 * @param source where it comes from, or empty
 * @param revision its number among those of the same subject, scope and source
 * @param current whether no later revision took its place
 * @param receivedAt when it came in
 * @param reporter who reported it
 */
public record Outcome(
        @Nullable Integer row,
        @Nullable String inferenceId,
        String value,
        @Nullable Instant observedAt,
        String source,
        int revision,
        boolean current,
        Instant receivedAt,
        String reporter) {}
