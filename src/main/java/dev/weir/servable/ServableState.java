package dev.weir.servable;

import java.time.Instant;

/** Where a version stands in its life. */
public sealed interface ServableState {

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

    /** Being verified, loaded, checked and warmed. */
    record Loading(Instant since) implements ServableState {}

    /** Serving, or able to. */
    record Available(Instant since) implements ServableState {}

    /** Takes nothing new; waits for its last native call. */
    record Draining(Instant since) implements ServableState {}

    /** Closed. */
    record Unloaded(Instant since) implements ServableState {}

    /**
     * Refused by the load gate.
     *
     * @param since when
     * @param reason why, for an operator
     */
    record Failed(Instant since, String reason) implements ServableState {}
}
