package dev.weir.registry;

import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ModelArtifact;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A registry of model versions and aliases. Methods block and may be called by several threads at once. */
public interface ModelSource {

    /**
     * Returns every version and alias there is.
     *
     * @throws dev.weir.failure.RegistryUnavailable when the source can't be read; that is not an empty registry
     */
    Listing list();

    /**
     * Returns what the registry held when it was last read, be it by a process before this one, with {@code cachedAt}
     * set; null when that is not kept. Asks nobody: for when {@link #list} fails.
     */
    default @Nullable Listing lastKnown() {
        return null;
    }

    /**
     * Brings a version to this machine's disk and reads its manifest. The files are not verified yet, and stay where
     * they are until {@link #retain} is called without the version.
     *
     * @throws dev.weir.failure.ArtifactRejected when there is no such version, or its manifest is refused
     * @throws dev.weir.failure.RegistryUnavailable when the source can't be read
     */
    ModelArtifact fetch(VersionRef ref);

    /** Says which versions are in use on this machine; files that were brought here for others may leave its disk. */
    default void retain(Set<VersionRef> versions) {}

    /**
     * Says what is known of a version, without bringing its files to this machine if the source can do that.
     *
     * @throws dev.weir.failure.ArtifactRejected when there is no such version, or its manifest is refused
     * @throws dev.weir.failure.RegistryUnavailable when the source can't be read
     */
    default Description describe(VersionRef ref) {
        return Description.of(fetch(ref));
    }

    /**
     * Makes a version visible, wholly or not at all. Whoever is killed meanwhile leaves nothing that others see.
     *
     * @return false when the registry has it already, with the same manifest; nothing happens then
     * @throws dev.weir.failure.RequestRejected when it holds another version of that name, or takes none
     * @throws dev.weir.failure.RegistryUnavailable when the source can't be read or written
     */
    boolean publish(Publication publication);

    /**
     * Notes for good that a version may not serve; its files stay. Does nothing when it is revoked already.
     *
     * @throws dev.weir.failure.RequestRejected when there is no such version
     * @throws dev.weir.failure.RegistryUnavailable when the source can't be read or written, and no note is kept here
     */
    void revoke(VersionRef ref, Revocation revocation);

    /**
     * Says whether a version's revocation is noted on this machine only, because the source could not be written; it is
     * told once it can be. Asks nobody.
     */
    default boolean isUntold(VersionRef ref) {
        return false;
    }

    /**
     * Removes a version and its files. Whether anybody needs it is the caller's concern.
     *
     * @throws dev.weir.failure.RequestRejected when there is no such version, or the source removes none
     * @throws dev.weir.failure.RegistryUnavailable when the source can't be read or written
     */
    void delete(VersionRef ref);

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

    /**
     * Returns the history of a model's aliases as it was when somebody last asked for it, be it in a process before this
     * one; null when that is not kept. Asks nobody: for when {@link #aliasHistory} fails.
     */
    default @Nullable List<AliasMove> lastKnownHistory(String model) {
        return null;
    }

    /**
     * Returns the history of a model's aliases, the newest first: as it is, or as it was last known if it can't be read.
     *
     * @throws dev.weir.failure.RegistryUnavailable when it can't be read and is not kept
     */
    default List<AliasMove> knownHistory(String model) {
        try {
            return aliasHistory(model);
        } catch (RegistryUnavailable e) {
            List<AliasMove> last = lastKnownHistory(model);
            if (last == null) {
                throw e;
            }
            return last;
        }
    }
}
