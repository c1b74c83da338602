package dev.weir.servable;

import dev.weir.inference.ModelSignature;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A kind of model file and the runtime that executes it. Found by CDI; one singleton each.
 *
 * <p>Thread-safe: versions load in parallel.
 */
public interface ModelFormat {

    /** Returns the name manifests use, such as {@code onnx}. */
    String name();

    /**
     * Returns the name of a model file of this format in a version without a manifest, such as {@code model.onnx}, or
     * null when such versions can't be of this format.
     */
    default @Nullable String conventionalFile() {
        return null;
    }

    /**
     * Loads a version whose files are verified. Runs on a thread that may block. What it took is given back when it
     * fails.
     *
     * @throws dev.weir.failure.ArtifactRejected when the file can't be executed here, with a message fit for an
     *     operator
     */
    LoadedModel load(ModelArtifact artifact);

    /**
     * Returns what a model file says of its own inputs and outputs, for a version whose manifest does not say it yet.
     * Blocks.
     *
     * @param directory where the model's files lie, none of them checked yet
     * @param files every file of it, the model itself first
     * @return the signature, or null when files of this format do not tell it, so that a manifest must
     * @throws dev.weir.failure.ArtifactRejected when the file is refused
     */
    default @Nullable ModelSignature describe(Path directory, List<ArtifactFile> files) {
        return null;
    }
}
