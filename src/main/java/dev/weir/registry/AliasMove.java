package dev.weir.registry;

import java.time.Instant;
import java.util.Objects;
import java.util.stream.Stream;
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
public record AliasMove(String alias, @Nullable String from, String to, String actor, Instant at, String reason) {

    /** Says whether nothing is missing, as it may be in what was read. */
    boolean isWhole() {
        return Stream.of(alias, to, actor, at, reason).noneMatch(Objects::isNull);
    }
}
