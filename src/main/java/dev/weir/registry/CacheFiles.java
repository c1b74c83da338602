package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.servable.ArtifactDigests;
import dev.weir.servable.ModelArtifact;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How the cache lies on the disk.
 *
 * <pre>{@code
 * versions/<digest of the manifest>/manifest.json
 * versions/<digest of the manifest>/origin.json      whose time is the version's last use
 * versions/<digest of the manifest>/files/<path>
 * work/<random>/                                     what is on its way in or out
 * notes/
 * }</pre>
 */
final class CacheFiles {

    static final String MANIFEST = DirectoryVersions.MANIFEST;
    static final String FILES = "files";
    private static final String ORIGIN = "origin.json";

    private final Path versions;
    private final Path work;
    private final Path notes;

    private CacheFiles(Path versions, Path work, Path notes) {
        this.versions = versions;
        this.work = work;
        this.notes = notes;
    }

    static CacheFiles in(Path directory) throws IOException {
        return new CacheFiles(
                Files.createDirectories(directory.resolve("versions")),
                Files.createDirectories(directory.resolve("work")),
                Files.createDirectories(directory.resolve("notes")));
    }

    Path notes() {
        return notes;
    }

    private Path place(String digest) {
        return versions.resolve(digest);
    }

    /** Makes a new working directory. */
    Path workspace() throws IOException {
        return Files.createDirectory(work.resolve(UUID.randomUUID().toString()));
    }

    /** Removes what a killed process left. */
    void sweep() throws IOException {
        for (Path left : children(work)) {
            delete(left);
        }
    }

    List<String> digests() throws IOException {
        return children(versions).stream()
                .map(path -> path.getFileName().toString())
                .toList();
    }

    private static List<Path> children(Path directory) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            entries.forEach(found::add);
        }
        return found;
    }

    /** Returns where a version comes from, or null when it does not say. */
    @Nullable
    CacheOrigin origin(String digest) {
        try {
            CacheOrigin origin =
                    DocumentJson.read(Files.readAllBytes(place(digest).resolve(ORIGIN)), CacheOrigin.class);
            return origin.isSound() ? origin : null;
        } catch (IOException e) {
            return null;
        }
    }

    long bytes(String digest) throws IOException {
        long bytes = 0;
        try (Stream<Path> all = Files.walk(place(digest))) {
            for (Path file : all.filter(each -> Files.isRegularFile(each, LinkOption.NOFOLLOW_LINKS))
                    .toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }

    Instant usedAt(String digest) throws IOException {
        return Files.getLastModifiedTime(place(digest).resolve(ORIGIN)).toInstant();
    }

    /** Notes a use; whether that lasts is of no importance. */
    void touch(String digest, Instant at) {
        try {
            Files.setLastModifiedTime(place(digest).resolve(ORIGIN), FileTime.from(at));
        } catch (IOException e) {
            // the version leaves earlier than it would
        }
    }

    /** Reads a version and verifies its files, or returns null when it is not as it was put in. */
    @Nullable
    ModelArtifact read(String digest) {
        ModelArtifact artifact = describe(digest);
        try {
            if (artifact != null) {
                ArtifactDigests.verify(artifact);
            }
            return artifact;
        } catch (ArtifactRejected e) {
            return null;
        }
    }

    /** Reads a version's manifest, or returns null when it is not as it was put in; looks at no other file. */
    @Nullable
    ModelArtifact describe(String digest) {
        try {
            byte[] bytes = Files.readAllBytes(place(digest).resolve(MANIFEST));
            return ArtifactDigests.sha256(bytes).equals(digest)
                    ? new ModelArtifact(
                            ManifestReader.read(bytes), place(digest).resolve(FILES), "sha256:" + digest)
                    : null;
        } catch (IOException | ArtifactRejected e) {
            return null;
        }
    }

    /** Gives a complete working directory its place, for good before this returns. */
    Path admit(Path complete, String digest, CacheOrigin origin) throws IOException {
        write(complete.resolve(ORIGIN), DocumentJson.write(origin));
        try (Stream<Path> all = Files.walk(complete)) {
            for (Path directory : all.filter(Files::isDirectory).toList()) {
                DirectoryDocuments.sync(directory);
            }
        }
        Files.move(complete, place(digest), StandardCopyOption.ATOMIC_MOVE);
        DirectoryDocuments.sync(versions);
        return place(digest);
    }

    /** Writes a new file, for good before this returns. */
    static void write(Path file, byte[] content) throws IOException {
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
    }

    /** Takes a version out of sight in one step, and then apart. */
    void remove(String digest) throws IOException {
        if (Files.exists(place(digest), LinkOption.NOFOLLOW_LINKS)) {
            Path leaving = work.resolve(UUID.randomUUID().toString());
            Files.move(place(digest), leaving, StandardCopyOption.ATOMIC_MOVE);
            delete(leaving);
        }
    }

    static void delete(Path directory) throws IOException {
        if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> walk = Files.walk(directory)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path each : all) {
            Files.deleteIfExists(each);
        }
    }

    static void closeQuietly(@Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // the lock ends with the process at the latest
        }
    }
}
