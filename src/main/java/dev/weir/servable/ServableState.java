package dev.weir.servable;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a version stands in its life. */
public sealed interface ServableState {

    /** Every {@link #word}. */
    List<String> WORDS = List.of("LOADING", "READY", "UNLOADING", "UNAVAILABLE", "FAILED");

    /** Returns when it got there. */
    Instant since();

    /** Returns the word used by the protocol's repository index and in logs. */
    default String word() {
        return switch (this) {
            case Loading l -> "LOADING";
            case Available a -> "READY";
            case Draining d -> "UNLOADING";
            case Unloaded u -> "UNAVAILABLE";
            case Failed f -> "FAILED";
        };
    }

    /** Returns the digest of the version's files, or null when it is not known in this state. */
    default @Nullable String digest() {
        return null;
    }

    /** Returns how long the load took that led here, fetching, checks and warm-up included; null when none did. */
    default @Nullable Duration took() {
        return null;
    }

    /** Being verified, loaded, checked and warmed. */
    record Loading(Instant since) implements ServableState {}

    /**
     * Serving, or able to.
     *
     * @param since when
     * @param digest the digest of its files
     * @param took how long the load took
     */
    record Available(Instant since, String digest, Duration took) implements ServableState {}

    /** Takes nothing new; waits for its last native call. */
    record Draining(Instant since) implements ServableState {}

    /** Closed. */
    record Unloaded(Instant since) implements ServableState {}

    /**
     * Refused by the load gate.
     *
     * @param since when
     * @param reason why, for an operator
     * @param digest the digest of its files; null when it was refused before they were known
     * @param took how long the load took until then
     */
    record Failed(Instant since, String reason, @Nullable String digest, Duration took) implements ServableState {}
}
