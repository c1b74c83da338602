package dev.weir.registry;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.VersionRef;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Puts versions into a registry directory and takes them out. A version is put together in a hidden directory beside its
 * place and renamed, so that nobody sees half of one.
 */
final class DirectoryVersions {

    static final String MANIFEST = "manifest.json";

    private static final String HIDDEN = ".weir-";

    /** After this time, nobody works on a hidden directory any more: whoever did was killed. */
    private static final Duration ABANDONED = Duration.ofDays(1);

    private final Path root;
    private final BareVersions bare;

    DirectoryVersions(Path root, BareVersions bare) {
        this.root = root;
        this.bare = bare;
    }

    /** Says whether a directory is one where a version is put together or taken apart. */
    static boolean isHidden(Path directory) {
        return directory.getFileName().toString().startsWith(HIDDEN);
    }

    /** Says whether there is such a version. */
    boolean holds(VersionRef ref) {
        return holds(place(ref));
    }

    /** Says whether a directory holds a version: one with a manifest, or a bare one. */
    boolean holds(Path directory) {
        return hasManifest(directory) || isBare(directory);
    }

    private static boolean hasManifest(Path directory) {
        return Files.isRegularFile(directory.resolve(MANIFEST), LinkOption.NOFOLLOW_LINKS);
    }

    /** Says whether a version has no manifest; a wrong one, such as a link, does not make it bare. */
    boolean isBare(Path directory) {
        return !Files.exists(directory.resolve(MANIFEST), LinkOption.NOFOLLOW_LINKS) && bare.holds(directory);
    }

    private Path place(VersionRef ref) {
        return root.resolve(ref.model()).resolve(ref.version());
    }

    /** Publishes a version; see {@link ModelSource#publish}. */
    boolean publish(Publication publication) {
        VersionRef ref = publication.ref();
        Path model = root.resolve(ref.model());
        try {
            if (isThere(publication)) {
                return false;
            }
            Files.createDirectories(model);
            sweep(model);
            Path fresh = hidden(model);
            try {
                fill(fresh, publication);
                Files.move(fresh, place(ref), StandardCopyOption.ATOMIC_MOVE);
            } catch (FileSystemException e) {
                if (isThere(publication)) {
                    return false; // somebody else was faster
                }
                throw e;
            } finally {
                remove(fresh);
            }
            DirectoryDocuments.sync(model);
            DirectoryDocuments.sync(root);
            return true;
        } catch (IOException e) {
            throw new RegistryUnavailable("the version can't be written", e);
        }
    }

    private boolean isThere(Publication publication) throws IOException {
        Path place = place(publication.ref());
        if (!Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        Path manifest = place.resolve(MANIFEST);
        if (Files.isRegularFile(manifest, LinkOption.NOFOLLOW_LINKS)
                && Arrays.equals(Files.readAllBytes(manifest), publication.manifest())) {
            return true;
        }
        throw new RequestRejected(
                FailureCode.CONFLICT,
                "the registry holds something else in this version's place; versions never change",
                "version");
    }

    private static void fill(Path fresh, Publication publication) throws IOException {
        Files.createDirectory(fresh);
        for (Map.Entry<String, Path> file : publication.files().entrySet()) {
            Path to = fresh.resolve(file.getKey()).normalize();
            if (!to.startsWith(fresh)) {
                throw new RequestRejected(FailureCode.INVALID_FIELD, "a file's path leads out of its version", "files");
            }
            Files.createDirectories(to.getParent());
            Files.copy(file.getValue(), to);
            sync(to);
        }
        Files.write(fresh.resolve(MANIFEST), publication.manifest());
        sync(fresh.resolve(MANIFEST));
        try (Stream<Path> all = Files.walk(fresh)) {
            for (Path directory : all.filter(Files::isDirectory).toList()) {
                DirectoryDocuments.sync(directory);
            }
        }
    }

    private static void sync(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /** Removes a version; see {@link ModelSource#delete}. */
    void delete(VersionRef ref) {
        if (!holds(ref)) {
            throw new RequestRejected(FailureCode.UNKNOWN_VERSION, "the registry has no such version", "version");
        }
        Path model = root.resolve(ref.model());
        try {
            Path leaving = hidden(model);
            Files.move(place(ref), leaving, StandardCopyOption.ATOMIC_MOVE);
            DirectoryDocuments.sync(model);
            remove(leaving);
        } catch (IOException e) {
            throw new RegistryUnavailable("the version can't be removed", e);
        }
    }

    private static Path hidden(Path model) {
        return model.resolve(HIDDEN + UUID.randomUUID());
    }

    /** Removes what was left by processes that were killed. */
    private static void sweep(Path model) throws IOException {
        Instant before = Instant.now().minus(ABANDONED);
        try (DirectoryStream<Path> hidden = Files.newDirectoryStream(model, HIDDEN + "*")) {
            for (Path each : hidden) {
                try {
                    if (Files.getLastModifiedTime(each).toInstant().isBefore(before)) {
                        remove(each);
                    }
                } catch (NoSuchFileException e) {
                    // somebody else's, who has just published it
                }
            }
        }
    }

    private static void remove(Path directory) throws IOException {
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
}
