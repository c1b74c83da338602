package dev.weir.audit;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that somebody did.
 *
 * @param number its number, 1 or more, growing
 * @param time when it began
 * @param deed what was done, by whom and to what
 * @param ending how it ended; null while it goes on, or when the process ended before it
 */
public record AuditEvent(
        long number, Instant time, Deed deed, @Nullable Ending ending) {

    /**
     * What somebody does.
     *
     * @param actor the caller's id
     * @param action what is done, a word of {@link AuditAction} or of a later Weir that ran here before
     * @param target to what: an id, or a description of a search
     * @param deployment the deployment it is about; null when it is about several or none
     * @param requestId the request that asks for it
     * @param reason why, as the actor says; null when nothing is said
     */
    public record Deed(
            String actor,
            String action,
            String target,
            @Nullable String deployment,
            String requestId,
            @Nullable String reason) {

        /** Says that somebody does something. */
        public Deed(
                String actor,
                AuditAction action,
                String target,
                @Nullable String deployment,
                String requestId,
                @Nullable String reason) {
            this(actor, action.word(), target, deployment, requestId, reason);
        }
    }

    /**
     * How something ended.
     *
     * @param time when
     * @param count how many things were touched, such as records shown
     * @param whole whether it came to its end; false when it broke off, or whoever asked left
     */
    public record Ending(Instant time, long count, boolean whole) {}
}
