package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ArtifactFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the files of versions were when they were first read. MLflow notes no digests and lets whoever may write there
 * replace an artifact, so only who looked before can tell. Outlives the versions in the cache.
 */
final class MlflowDigests {

    /** What was read: the version as MLflow made it, and the SHA-256 of each file. */
    private record Document(
            @Nullable String schemaVersion,
            @Nullable String registry,
            @Nullable String identity,
            @Nullable Map<String, String> files) {}

    private final Path directory;
    private final String registry;

    /**
     * Keeps digests in a directory.
     *
     * @param registry the registry, as it names itself
     */
    MlflowDigests(Path directory, String registry) {
        this.directory = directory;
        this.registry = registry;
    }

    /**
     * Compares files with what they were, or notes them when the version is new.
     *
     * @param identity tells the version from another that was made under its number after it was deleted
     * @throws ArtifactRejected when one is not what it was
     * @throws RegistryUnavailable when the digests can't be written
     */
    synchronized void requireSame(VersionRef ref, String identity, Collection<ArtifactFile> files) {
        Map<String, String> now = new TreeMap<>();
        files.forEach(file -> now.put(file.path(), file.sha256()));
        Path note = directory.resolve(ref.model()).resolve(ref.version() + ".json");
        try {
            Document known = read(note);
            if (known == null || !registry.equals(known.registry()) || !identity.equals(known.identity())) {
                write(note, new Document(DocumentJson.SCHEMA_VERSION, registry, identity, now));
            } else if (!now.equals(known.files())) {
                throw new ArtifactRejected(
                        "the artifacts of " + ref + " in MLflow are not what they were when they were"
                                + " first read; a version never changes, so register a new one");
            }
        } catch (IOException e) {
            throw new RegistryUnavailable("the digests of the version's files can't be noted", e);
        }
    }

    private static @Nullable Document read(Path note) throws IOException {
        try {
            return DocumentJson.read(Files.readAllBytes(note), Document.class);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private static void write(Path note, Document document) throws IOException {
        Path parent = Files.createDirectories(note.getParent());
        Path fresh = parent.resolve("." + UUID.randomUUID());
        try {
            CacheFiles.write(fresh, DocumentJson.write(document));
            Files.move(fresh, note, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
        DirectoryDocuments.sync(parent);
    }
}
