package dev.weir.deployment;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the deployment files are, compared with what is applied.
 *
 * @param appliedAt when the files that are applied were applied; null before any were
 * @param confirmedAt when the files were last seen to be what is applied
 * @param refusal the last time that files were refused; null when none were since the start
 */
public record FilesStatus(
        @Nullable Instant appliedAt,
        @Nullable Instant confirmedAt,
        @Nullable Refusal refusal) {

    /** Nothing applied yet. */
    public static final FilesStatus NONE = new FilesStatus(null, null, null);

    /**
     * Files that were refused.
     *
     * @param at when
     * @param until when the files were seen to be what is applied again, or others were applied; null as long as these are
     *     there
     * @param digest their digest; null when they could not be read together
     * @param problems every mistake, one sentence each
     */
    public record Refusal(
            Instant at, @Nullable Instant until, @Nullable String digest, List<String> problems) {

        /** Copies the list. */
        public Refusal {
            problems = List.copyOf(problems);
        }
    }

    /** Returns what is wrong with the files that are there now, or null when they are what is applied. */
    public @Nullable Refusal current() {
        return refusal == null || refusal.until() != null ? null : refusal;
    }

    FilesStatus applied(Instant now) {
        return new FilesStatus(now, now, ended(now));
    }

    FilesStatus confirmed(Instant now) {
        return new FilesStatus(appliedAt, now, ended(now));
    }

    FilesStatus refused(Instant now, @Nullable String digest, List<String> problems) {
        return new FilesStatus(appliedAt, confirmedAt, new Refusal(now, null, digest, problems));
    }

    private @Nullable Refusal ended(Instant now) {
        return refusal == null || refusal.until() != null
                ? refusal
                : new Refusal(refusal.at(), now, refusal.digest(), refusal.problems());
    }
}
