package dev.weir.deployment;

import jakarta.inject.Singleton;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Holds the one snapshot that serves. Readers take it once per decision; only the loader swaps it. */
@Singleton
public class ServingState {

    private volatile ServingSnapshot current = ServingSnapshot.NONE;
    private volatile boolean draining;
    private volatile @Nullable Instant registryCachedAt;
    private volatile FilesStatus files = FilesStatus.NONE;

    /** Returns the snapshot that serves now. */
    public ServingSnapshot current() {
        return current;
    }

    /** Says whether the server can take requests: ready, and not on its way out. */
    public boolean isReady() {
        return !draining && current.isReady();
    }

    /** Says whether the server is on its way out. */
    public boolean isDraining() {
        return draining;
    }

    void apply(ServingSnapshot snapshot) {
        current = snapshot;
    }

    /**
     * Returns when the registry was last read, if it can't be read now and what serves follows from what was kept of it;
     * otherwise null.
     */
    public @Nullable Instant registryCachedAt() {
        return registryCachedAt;
    }

    void noteRegistry(@Nullable Instant cachedAt) {
        registryCachedAt = cachedAt;
    }

    /** Returns how the deployment files are, compared with what is applied. */
    public FilesStatus files() {
        return files;
    }

    /** Only for the one that reads them. */
    void noteFiles(FilesStatus status) {
        files = status;
    }

    /** Makes the server unready for good; what was admitted is still answered. */
    public void drain() {
        draining = true;
    }
}
