package dev.weir.predictionlog.checkpoint;

import java.io.IOException;

/**
 * A place elsewhere that keeps checkpoints; found by {@link CheckpointPlaces}. Called on one thread of its own, which
 * it may block. Each
 * is handed over at least once, in order.
 */
public interface CheckpointSink {

    /** Returns its name in logs. */
    String name();

    /**
     * Keeps a checkpoint; it is safe there when this returns.
     *
     * @throws IOException when it can't be reached now; the same comes again, with those after it
     */
    void keep(SignedCheckpoint checkpoint) throws IOException;
}
