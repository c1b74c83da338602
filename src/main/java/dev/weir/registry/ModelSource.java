package dev.weir.registry;

import dev.weir.inference.VersionRef;
import dev.weir.servable.ModelArtifact;
import java.util.List;

/** A registry of model versions and aliases. Methods block and may be called by several threads at once. */
public interface ModelSource {

    /**
     * Returns every version and alias there is.
     *
     * @throws dev.weir.failure.RegistryUnavailable when the source can't be read; that is not an empty registry
     */
    Listing list();

    /**
     * Brings a version to this machine's disk and reads its manifest. The files are not verified yet.
     *
     * @throws dev.weir.failure.ArtifactRejected when there is no such version, or its manifest is refused
     * @throws dev.weir.failure.RegistryUnavailable when the source can't be read
     */
    ModelArtifact fetch(VersionRef ref);

    /**
     * Points an alias to a version, as one step that others see wholly or not at all, and notes it in the history.
     *
     * @param model a model
     * @param move what to do; {@code from} is what the alias must stand for now, null when it must not exist yet
     * @throws dev.weir.failure.RequestRejected when there is no such version, or somebody else moved the alias before
     * @throws dev.weir.failure.RegistryUnavailable when the source can't be read or written
     */
    void moveAlias(String model, AliasMove move);

    /**
     * Returns the history of a model's aliases, the newest first, as far as the source keeps it.
     *
     * @throws dev.weir.failure.RegistryUnavailable when the source can't be read
     */
    List<AliasMove> aliasHistory(String model);
}
