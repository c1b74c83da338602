package dev.weir.predictionlog.subject;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
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

    /** What a hold says of a subject that is known by some of its keys. */
    enum About {
        /** It is about it. */
        SAME,
        /** It is about another, or about no subject in particular. */
        OTHER,
        /** Nobody can tell: keys of different versions can't be compared. */
        UNKNOWN
    }

    /** Says whether it names a subject, of which some keys are known. Keys of one version differ if the subjects do. */
    About about(Collection<String> keysOfOne) {
        if (subjectKeys.isEmpty()) {
            return About.OTHER;
        }
        if (subjectKeys.stream().anyMatch(keysOfOne::contains)) {
            return About.SAME;
        }
        Set<String> versions = keysOfOne.stream().map(LegalHold::version).collect(Collectors.toSet());
        return subjectKeys.stream().map(LegalHold::version).anyMatch(versions::contains) ? About.OTHER : About.UNKNOWN;
    }

    /** Returns the part of a key that says how it was made, such as {@code hmac:k1:}. */
    private static String version(String key) {
        return key.substring(0, key.lastIndexOf(':') + 1);
    }

    /** Says whether some of a stretch of time is covered, both ends included. */
    boolean covers(Instant first, Instant last) {
        return (from == null || !last.isBefore(from)) && (to == null || first.isBefore(to));
    }
}
