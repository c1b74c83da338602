package dev.weir.registry;

import dev.weir.inference.VersionRef;
import dev.weir.servable.ModelArtifact;
import java.util.List;

/** A registry of model versions. Methods block and may be called by several threads at once. */
public interface ModelSource {

    /**
     * Returns every version there is, by model and version.
     *
     * @throws dev.weir.failure.ArtifactRejected when the source can't be read; that is not an empty registry
     */
    List<VersionRef> versions();

    /**
     * Brings a version to this machine's disk and reads its manifest. The files are not verified yet.
     *
     * @throws dev.weir.failure.ArtifactRejected when there is no such version, or its manifest is refused
     */
    ModelArtifact fetch(VersionRef ref);
}
