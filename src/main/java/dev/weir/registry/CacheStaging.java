package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ArtifactDigests;
import dev.weir.servable.ArtifactFile;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelManifest;
import dev.weir.telemetry.Log;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A version on its way into the cache: its files arrive one by one, {@link #commit} makes it visible, and {@link #close}
 * removes what was not committed. Used by one thread.
 */
final class CacheStaging implements AutoCloseable {

    private static final Log LOG = Log.of(CacheStaging.class);
    private static final int CHUNK = 1 << 16;
    private static final String FULL_DISK = "file '%s' can't be written to the registry's cache; its disk may be full";

    private final ArtifactCache cache;
    private final CacheFiles files;
    private final VersionRef ref;
    private final Map<String, ArtifactFile> added = new HashMap<>();
    private @Nullable Path workspace;
    private long reserved;
    private long written;

    CacheStaging(ArtifactCache cache, CacheFiles files, VersionRef ref, long bytes) {
        this.cache = cache;
        this.files = files;
        this.ref = ref;
        reserve(bytes);
    }

    private void reserve(long bytes) {
        cache.reserve(bytes);
        reserved += bytes;
    }

    /**
     * Adds a file whose size and digest are known.
     *
     * @param in its bytes; stays open
     * @throws ArtifactRejected when it has more bytes or another digest
     * @throws RegistryUnavailable when it ends early or can't be read, or there is no room for it
     */
    void add(ArtifactFile expected, InputStream in) {
        ArtifactFile got = add(expected.path(), in, expected.bytes());
        if (got.bytes() < expected.bytes()) {
            throw new RegistryUnavailable(
                    "the registry broke off after " + got.bytes() + " of " + expected.bytes() + " bytes of file '"
                            + expected.path() + "'",
                    null);
        }
        if (!got.sha256().equals(expected.sha256())) {
            throw new ArtifactRejected(
                    "file '" + expected.path() + "' does not have the SHA-256 that the manifest lists");
        }
    }

    /**
     * Adds a file whose size and digest are not known.
     *
     * @param path its path in the version
     * @param in its bytes; stays open
     * @param maxBytes how many it may have
     * @return what was read
     * @throws ArtifactRejected when its path is none, was added before, or it has more bytes
     * @throws RegistryUnavailable when it can't be read, or there is no room for it
     */
    ArtifactFile add(String path, InputStream in, long maxBytes) {
        requireNew(path);
        MessageDigest sha256 = ArtifactDigests.sha256();
        long bytes = 0;
        try (FileChannel out = create(path)) {
            byte[] chunk = new byte[CHUNK];
            for (int read = read(in, chunk, path); read >= 0; read = read(in, chunk, path)) {
                bytes += read;
                if (bytes > maxBytes) {
                    throw new ArtifactRejected("file '" + path + "' has more than " + maxBytes + " bytes");
                }
                sha256.update(chunk, 0, read);
                write(out, ByteBuffer.wrap(chunk, 0, read));
            }
            out.force(true);
        } catch (IOException e) {
            throw new RegistryUnavailable(FULL_DISK.formatted(path), e);
        }
        ArtifactFile file = new ArtifactFile(path, HexFormat.of().formatHex(sha256.digest()), bytes);
        added.put(path, file);
        return file;
    }

    private void requireNew(String path) {
        try {
            ArtifactFile unread = new ArtifactFile(path, "0".repeat(64), 0);
            if (added.containsKey(unread.path())) {
                throw new ArtifactRejected("file '" + path + "' is there twice");
            }
        } catch (IllegalArgumentException e) {
            throw new ArtifactRejected(String.valueOf(e.getMessage()), e);
        }
    }

    private static int read(InputStream in, byte[] chunk, String path) {
        try {
            return in.read(chunk);
        } catch (IOException e) {
            throw new RegistryUnavailable("the registry broke off while file '" + path + "' was read", e);
        }
    }

    private FileChannel create(String path) throws IOException {
        Path file = workspace().resolve(CacheFiles.FILES).resolve(path);
        Files.createDirectories(file.getParent());
        return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    private Path workspace() throws IOException {
        Path made = workspace;
        if (made == null) {
            made = files.workspace();
            workspace = made;
        }
        return made;
    }

    private void write(FileChannel out, ByteBuffer bytes) throws IOException {
        written += bytes.remaining();
        if (written > reserved) {
            reserve(written - reserved);
        }
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }

    /** Returns where the files lie that were added, for who looks at them before they are complete. */
    Path directory() throws IOException {
        return workspace().resolve(CacheFiles.FILES);
    }

    /**
     * Makes the version visible. It is in use from now on.
     *
     * @param registry the registry, as it names itself
     * @param mark what {@link ArtifactCache#find} shall know it by
     * @param manifest the bytes of its manifest, which lists exactly the files that were added
     * @throws ArtifactRejected when the manifest is refused, or does not describe what was added
     * @throws RegistryUnavailable when it can't be written
     */
    ModelArtifact commit(String registry, String mark, byte[] manifest) {
        ModelManifest described = ManifestReader.read(manifest);
        if (!described.ref().equals(ref)) {
            throw new ArtifactRejected("the manifest of " + ref + " says it is " + described.ref());
        }
        requireAdded(described);
        String digest = ArtifactDigests.sha256(manifest);
        try {
            Path complete = workspace();
            CacheFiles.write(complete.resolve(CacheFiles.MANIFEST), manifest);
            Path place = cache.admit(complete, digest, new CacheOrigin(registry, ref, mark));
            workspace = null;
            release();
            return new ModelArtifact(described, place.resolve(CacheFiles.FILES), "sha256:" + digest);
        } catch (IOException e) {
            throw new RegistryUnavailable(FULL_DISK.formatted(CacheFiles.MANIFEST), e);
        }
    }

    private void requireAdded(ModelManifest described) {
        for (ArtifactFile file : described.files()) {
            if (!file.equals(added.get(file.path()))) {
                throw new ArtifactRejected("file '" + file.path() + "' is missing, or not as the manifest says");
            }
        }
        if (added.size() != described.files().size()) {
            throw new ArtifactRejected("the version has a file that its manifest does not list");
        }
    }

    /** Removes what was not committed, and gives the reserved bytes back. */
    @Override
    public void close() {
        try {
            if (workspace != null) {
                CacheFiles.delete(workspace);
            }
        } catch (IOException e) {
            LOG.warn("a working directory of the cache can't be removed")
                    .cause(e)
                    .write();
        } finally {
            release();
        }
    }

    private void release() {
        cache.release(reserved);
        reserved = 0;
    }
}
