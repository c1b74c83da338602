package dev.weir.registry;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One entry of an alias' history.
 *
 * @param alias the alias, without its {@code @}
 * @param from the version it stood for before; null when it was new
 * @param to the version it stands for since
 * @param actor who moved it
 * @param at when
 * @param reason why
 */
public record AliasMove(String alias, @Nullable String from, String to, String actor, Instant at, String reason) {}
