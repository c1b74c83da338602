package dev.weir.failure;

import org.jspecify.annotations.Nullable;

/** A model version that may not serve: its manifest, files, graph or golden samples were refused. */
public final class ArtifactRejected extends WeirException {

    /** What must change before the version may serve. */
    private enum Remedy {
        OTHER_FILES,
        TIME,
        ROOM
    }

    private final Remedy remedy;

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
        this(message, cause, Remedy.OTHER_FILES);
    }

    private ArtifactRejected(String message, @Nullable Throwable cause, Remedy remedy) {
        super(FailureCode.ARTIFACT_REJECTED, message, cause, true);
        this.remedy = remedy;
    }

    /** Refuses a version that is not to blame for it, and may be tried again as it is. */
    public static ArtifactRejected forNow(String message) {
        return new ArtifactRejected(message, null, Remedy.TIME);
    }

    /**
     * Refuses a version that is not to blame for it, and may be tried again as it is.
     *
     * @param cause what happened inside; logged, never shown to a caller
     */
    public static ArtifactRejected forNow(String message, Throwable cause) {
        return new ArtifactRejected(message, cause, Remedy.TIME);
    }

    /** Refuses a version that would fit if others were not loaded. */
    public static ArtifactRejected forRoom(String message) {
        return new ArtifactRejected(message, null, Remedy.ROOM);
    }

    /** Says whether only other files help. */
    public boolean isLasting() {
        return remedy == Remedy.OTHER_FILES;
    }

    /** Says whether it helps when others leave. */
    public boolean lacksRoom() {
        return remedy == Remedy.ROOM;
    }
}
