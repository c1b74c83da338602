package dev.weir.failure;

import org.jspecify.annotations.Nullable;

/** A model version that may not serve: its manifest, files, graph or golden samples were refused. */
public final class ArtifactRejected extends WeirException {

    private final boolean lasting;

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
        this(message, cause, true);
    }

    private ArtifactRejected(String message, @Nullable Throwable cause, boolean lasting) {
        super(FailureCode.ARTIFACT_REJECTED, message, cause, true);
        this.lasting = lasting;
    }

    /** Refuses a version that is not to blame for it, and may be tried again as it is. */
    public static ArtifactRejected forNow(String message) {
        return new ArtifactRejected(message, null, false);
    }

    /**
     * Refuses a version that is not to blame for it, and may be tried again as it is.
     *
     * @param cause what happened inside; logged, never shown to a caller
     */
    public static ArtifactRejected forNow(String message, Throwable cause) {
        return new ArtifactRejected(message, cause, false);
    }

    /** Says whether only other files help. */
    public boolean isLasting() {
        return lasting;
    }
}
