package dev.weir.audit;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which events are looked for; null asks for nothing.
 *
 * @param from those that began then or later
 * @param to those that began before
 * @param actor by whom
 * @param action what
 * @param newestFirst whether the newest come first
 */
public record AuditQuery(
        @Nullable Instant from,
        @Nullable Instant to,
        @Nullable String actor,
        @Nullable AuditAction action,
        boolean newestFirst) {}
