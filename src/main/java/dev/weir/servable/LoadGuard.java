package dev.weir.servable;

import dev.weir.inference.VersionRef;

/**
 * Has a say in whether a version is loaded, and hears when its load is over and when it left memory. Found by CDI; asked
 * in the order of their priorities, the highest first, on the thread that loads. Thread-safe.
 */
public interface LoadGuard {

    /**
     * Lets a version in, before any of its files but the manifest was read.
     *
     * @return what hears of its further life
     * @throws dev.weir.failure.ArtifactRejected when the version must not be loaded, or not now
     */
    Permit admit(ModelArtifact artifact);

    /**
     * Lets a version in for a single run beside what serves, after which it leaves: bounds on what serves do not count it, those
     * of the machine do.
     *
     * @return what hears of its further life
     * @throws dev.weir.failure.ArtifactRejected when the version must not be loaded, or not now
     */
    default Permit admitBeside(ModelArtifact artifact) {
        return admit(artifact);
    }

    /** Says whether a version may be to blame for the death of a process, and is therefore loaded alone. */
    default boolean isSuspect(VersionRef ref) {
        return false;
    }

    /** Forgets what speaks against a version, because an operator wants it tried even so. */
    default void forgive(VersionRef ref) {}

    /** A version that was let in. Its methods do not throw. */
    interface Permit {

        /** Of a guard that wants to hear nothing. */
        Permit NONE = () -> {};

        /** The version is loaded, checked and warm. Called once at most. */
        default void loaded() {}

        /** Nothing of the version is in memory any more, whether it was loaded or refused. Called once. */
        void gone();
    }
}
