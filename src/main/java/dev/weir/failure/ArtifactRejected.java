package dev.weir.failure;

import org.jspecify.annotations.Nullable;

/** A model version that may not serve: its manifest, files, graph or golden samples were refused. */
public final class ArtifactRejected extends WeirException {

    /** Refuses a version. */
    public ArtifactRejected(String message) {
        this(message, null);
    }

    /**
     * Refuses a version.
     *
     * @param cause what happened inside; logged, never shown to a caller
     */
    public ArtifactRejected(String message, @Nullable Throwable cause) {
        super(FailureCode.ARTIFACT_REJECTED, message, cause, true);
    }
}
