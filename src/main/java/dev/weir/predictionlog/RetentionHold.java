package dev.weir.predictionlog;

import java.time.Instant;

/**
 * Says which entries must stay although their time is over, wherever they are. Thread-safe; reads the state database, so it
 * may wait for it.
 */
@FunctionalInterface
public interface RetentionHold {

    /** Keeps nothing. */
    RetentionHold NONE = (from, to) -> false;

    /**
     * Says whether entries of these times must stay, of whatever deployment.
     *
     * @param from the earliest of them
     * @param to the latest
     * @throws IllegalStateException when that can't be told now; then all of them must
     */
    boolean holds(Instant from, Instant to);
}
