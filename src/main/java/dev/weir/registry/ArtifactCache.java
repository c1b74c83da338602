package dev.weir.registry;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ModelArtifact;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Versions from registries on other machines, on this machine's disk: complete, verified, and no more bytes of them than
 * a budget allows.
 *
 * <p>Each version has a directory of its own, named by the SHA-256 of its manifest, which holds the digests of its
 * files. Equal files of two versions are kept twice: a file that two versions shared would have two names on the disk,
 * and whoever could write through one would change the other. A version is filled in a working directory and renamed
 * once it is complete and synced, so a process that is killed leaves nothing but a working directory, which the next
 * one removes. One process at a time uses a cache.
 *
 * <p>When there is no room, versions leave that were not used for longest, never one that is {@linkplain #retain in
 * use}. Thread-safe; the bookkeeping is guarded by this object's monitor, and nothing is transferred while it is held.
 */
final class ArtifactCache implements AutoCloseable {

    private static final Log LOG = Log.of(ArtifactCache.class);

    /** A complete version; {@code bytes} is what it takes of the budget. */
    private record Entry(CacheOrigin origin, long bytes, Instant usedAt) {}

    private final CacheFiles files;
    private final long maxBytes;
    private final InstantSource clock;
    private final FileChannel lock;
    private final Map<String, Entry> entries = new HashMap<>();
    private final Set<String> inUse = new HashSet<>();
    private long reserved;

    private ArtifactCache(CacheFiles files, long maxBytes, InstantSource clock, FileChannel lock) throws IOException {
        this.files = files;
        this.maxBytes = maxBytes;
        this.clock = clock;
        this.lock = lock;
        files.sweep();
        for (String digest : files.digests()) {
            CacheOrigin origin = files.origin(digest);
            if (origin == null) {
                files.remove(digest);
            } else {
                entries.put(digest, new Entry(origin, files.bytes(digest), files.usedAt(digest)));
            }
        }
    }

    /**
     * Opens a cache, and removes what a killed process left of versions that were not complete.
     *
     * @param directory its directory, made when it does not exist
     * @param maxBytes how many bytes all versions together may take
     * @throws ConfigurationRejected when the directory can't be used, or another process uses it
     */
    static ArtifactCache open(Path directory, long maxBytes, InstantSource clock) {
        FileChannel lock = null;
        try {
            CacheFiles files = CacheFiles.in(directory);
            lock = FileChannel.open(directory.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (!isLocked(lock)) {
                throw new ConfigurationRejected(List.of("weir.registry.cache.directory: another server uses "
                        + directory + "; each needs one of its own"));
            }
            ArtifactCache cache = new ArtifactCache(files, maxBytes, clock, lock);
            lock = null;
            return cache;
        } catch (IOException e) {
            throw new ConfigurationRejected(
                    List.of("weir.registry.cache.directory: " + directory + " can't be read or written"), e);
        } finally {
            CacheFiles.closeQuietly(lock);
        }
    }

    private static boolean isLocked(FileChannel lock) throws IOException {
        try {
            return lock.tryLock() != null; // until it is closed, or the process ends in whatever way
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /** Returns where small files that outlive the process may lie: what is known of a registry beside its versions. */
    Path notes() {
        return files.notes();
    }

    /**
     * Returns the version that was last used of those that a registry had under this name, after its files were
     * verified, or null. It is in use from now on.
     */
    @Nullable
    ModelArtifact find(String registry, VersionRef ref) {
        return find(registry, ref, null);
    }

    /**
     * Returns a version after its files were verified, or null when it is not here, or damaged. It is in use from now on.
     *
     * @param registry the registry, as it names itself
     * @param ref the version
     * @param mark what its source put it here with; null for any
     */
    @Nullable
    ModelArtifact find(String registry, VersionRef ref, @Nullable String mark) {
        String digest = use(registry, ref, mark);
        if (digest == null) {
            return null;
        }
        ModelArtifact artifact = files.read(digest);
        if (artifact == null || !artifact.manifest().ref().equals(ref)) {
            LOG.warn("a version in the cache is damaged and was removed")
                    .with(LogKey.MODEL, ref.model())
                    .with(LogKey.VERSION, ref.version())
                    .with(LogKey.DIGEST, digest)
                    .write();
            forget(digest);
            return null;
        }
        return artifact;
    }

    /**
     * Returns what the manifest of a version says that is here, or null. Its files are neither verified nor in use by this.
     *
     * @param mark what its source put it here with; null for any
     */
    @Nullable
    Description describe(String registry, VersionRef ref, @Nullable String mark) {
        String digest = digest(registry, ref, mark);
        ModelArtifact described = digest == null ? null : files.describe(digest);
        return described == null || !described.manifest().ref().equals(ref) ? null : Description.of(described);
    }

    private synchronized @Nullable String use(String registry, VersionRef ref, @Nullable String mark) {
        String digest = digest(registry, ref, mark);
        if (digest != null) {
            touch(digest);
        }
        return digest;
    }

    private synchronized @Nullable String digest(String registry, VersionRef ref, @Nullable String mark) {
        return entries.entrySet().stream()
                .filter(entry -> entry.getValue().origin().is(registry, ref)
                        && (mark == null
                                || mark.equals(entry.getValue().origin().mark())))
                .max(Comparator.comparing(entry -> entry.getValue().usedAt()))
                .map(Map.Entry::getKey)
                .orElse(null);
    }

    private void touch(String digest) {
        Instant now = clock.instant();
        inUse.add(digest);
        entries.computeIfPresent(digest, (same, entry) -> new Entry(entry.origin(), entry.bytes(), now));
        files.touch(digest, now);
    }

    /**
     * Begins to put a version in.
     *
     * @param bytes how many bytes it will have, as far as that is known; more are found while it is written
     * @throws RegistryUnavailable when there is no room now
     */
    CacheStaging stage(VersionRef ref, long bytes) {
        return new CacheStaging(this, files, ref, bytes);
    }

    /** Takes bytes of the budget; what is not in use leaves for them. */
    synchronized void reserve(long bytes) {
        long fixed = stored(inUse::contains) + reserved;
        if (bytes < 0 || bytes > maxBytes - fixed) {
            throw new RegistryUnavailable(
                    "the registry's cache has no room for " + bytes + " bytes: " + fixed + " of its " + maxBytes
                            + " bytes are in use (weir.registry.cache.max-bytes)",
                    null);
        }
        while (bytes > maxBytes - stored(digest -> true) - reserved) {
            forget(leastRecentlyUsed());
        }
        reserved += bytes;
    }

    private String leastRecentlyUsed() {
        return entries.entrySet().stream()
                .filter(entry -> !inUse.contains(entry.getKey()))
                .min(Comparator.comparing(entry -> entry.getValue().usedAt()))
                .orElseThrow()
                .getKey();
    }

    private long stored(Predicate<String> which) {
        return entries.entrySet().stream()
                .filter(entry -> which.test(entry.getKey()))
                .mapToLong(entry -> entry.getValue().bytes())
                .sum();
    }

    /** Gives bytes of the budget back. */
    synchronized void release(long bytes) {
        reserved -= bytes;
    }

    private synchronized void forget(String digest) {
        Entry entry = entries.remove(digest);
        inUse.remove(digest);
        try {
            files.remove(digest);
        } catch (IOException e) {
            // It is out of sight at least; the next start tries again.
            LOG.warn("a version can't be removed from the cache")
                    .with(LogKey.DIGEST, digest)
                    .with(LogKey.MODEL, entry == null ? null : entry.origin().model())
                    .cause(e)
                    .write();
        }
    }

    /** Gives a complete version its place, and returns where that is. */
    synchronized Path admit(Path complete, String digest, CacheOrigin origin) throws IOException {
        forget(digest); // where it is here already, its files were found damaged, or its mark differs
        Path place = files.admit(complete, digest, origin);
        entries.put(digest, new Entry(origin, files.bytes(digest), clock.instant()));
        touch(digest);
        return place;
    }

    /** Says which versions are in use; all others may leave when room is needed. */
    synchronized void retain(Set<VersionRef> versions) {
        inUse.removeIf(digest -> {
            Entry entry = entries.get(digest);
            return entry == null || !versions.contains(entry.origin().ref());
        });
    }

    /** Returns how many bytes the complete versions take. */
    synchronized long bytes() {
        return stored(digest -> true);
    }

    /** Lets other processes use the directory. */
    @Override
    public void close() {
        CacheFiles.closeQuietly(lock);
    }
}
