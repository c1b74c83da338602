package dev.weir.servable;

/**
 * A kind of model file and the runtime that executes it. Found by CDI; one singleton each.
 *
 * <p>Thread-safe: versions load in parallel.
 */
public interface ModelFormat {

    /** Returns the name manifests use, such as {@code onnx}. */
    String name();

    /**
     * Loads a version whose files are verified. Runs on a thread that may block. What it took is given back when it
     * fails.
     *
     * @throws dev.weir.failure.ArtifactRejected when the file can't be executed here, with a message fit for an
     *     operator
     */
    LoadedModel load(ModelArtifact artifact);
}
