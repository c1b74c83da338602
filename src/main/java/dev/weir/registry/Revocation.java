package dev.weir.registry;

import java.time.Instant;

/**
 * Why a version may not serve any more, for good.
 *
 * @param actor who revoked it
 * @param at when
 * @param reason why
 */
public record Revocation(String actor, Instant at, String reason) {}
