package dev.weir.registry;

import dev.weir.failure.RequestRejected;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ArtifactDigests;
import dev.weir.telemetry.Log;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a registry held when it was last read, in a file, so that a server can start while the registry is down. The file
 * is written when the registry changed; its time says when the registry was last read. The aliases' histories are in it as
 * far as somebody asked for them; a file without any, as former versions of Weir wrote it, is read too. Thread-safe.
 */
final class RegistryMemory {

    private static final Log LOG = Log.of(RegistryMemory.class);

    /** A version. */
    private record Held(String model, String version, String mark) {}

    /** A version that may not serve. */
    private record Revoked(String model, String version, Revocation revocation) {}

    /** The file. */
    private record Document(
            @Nullable String schemaVersion,
            @Nullable String registry,
            @Nullable List<Held> versions,
            @Nullable Map<String, Map<String, String>> aliases,
            @Nullable List<Revoked> revoked,
            @Nullable Map<String, String> problems,
            @Nullable Map<String, List<AliasMove>> histories) {

        static Document of(String registry, Listing listing, Map<String, List<AliasMove>> histories) {
            List<Held> versions = new ArrayList<>();
            listing.versions().forEach((ref, mark) -> versions.add(new Held(ref.model(), ref.version(), mark)));
            List<Revoked> revoked = new ArrayList<>();
            listing.revoked().forEach((ref, why) -> revoked.add(new Revoked(ref.model(), ref.version(), why)));
            return new Document(
                    DocumentJson.SCHEMA_VERSION,
                    registry,
                    versions,
                    new HashMap<>(listing.aliases()),
                    revoked,
                    listing.problems(),
                    histories);
        }

        Listing listing(String expected) throws IOException {
            if (!DocumentJson.SCHEMA_VERSION.equals(schemaVersion) || !expected.equals(registry)) {
                throw new IOException("the document is of another schema or registry");
            }
            Map<VersionRef, String> marks = new HashMap<>();
            Map<VersionRef, Revocation> revocations = new HashMap<>();
            try {
                orNone(versions).forEach(held -> marks.put(new VersionRef(held.model, held.version), held.mark));
                orNone(revoked)
                        .forEach(each -> revocations.put(
                                new VersionRef(each.model, each.version), Objects.requireNonNull(each.revocation)));
            } catch (NullPointerException | RequestRejected e) {
                throw new IOException("the document lacks something", e);
            }
            return Listing.of(
                    marks, aliases == null ? Map.of() : aliases, revocations, problems == null ? Map.of() : problems);
        }

        SortedMap<String, List<AliasMove>> moves() throws IOException {
            SortedMap<String, List<AliasMove>> moves = new TreeMap<>();
            try {
                (histories == null ? Map.<String, List<AliasMove>>of() : histories).forEach((model, each) -> {
                    each.forEach(Document::requireWhole);
                    moves.put(model, List.copyOf(each));
                });
            } catch (NullPointerException e) {
                throw new IOException("the document lacks something", e);
            }
            return moves;
        }

        private static void requireWhole(AliasMove move) {
            Objects.requireNonNull(move.alias());
            Objects.requireNonNull(move.to());
        }

        private static <T> List<T> orNone(@Nullable List<T> list) {
            return list == null ? List.of() : list;
        }
    }

    private final Path directory;
    private final Path file;
    private final String registry;
    private final InstantSource clock;
    private @Nullable Listing written;
    private @Nullable Listing known;
    private SortedMap<String, List<AliasMove>> histories = new TreeMap<>();

    private RegistryMemory(Path directory, String registry, InstantSource clock) {
        this.directory = directory;
        this.file = directory.resolve(ArtifactDigests.sha256(registry.getBytes(StandardCharsets.UTF_8)) + ".json");
        this.registry = registry;
        this.clock = clock;
    }

    /** Opens the memory of a registry in a directory where those of others may lie too. */
    static RegistryMemory open(Path directory, String registry, InstantSource clock) {
        RegistryMemory memory = new RegistryMemory(directory, registry, clock);
        memory.read();
        return memory;
    }

    private synchronized void read() {
        try {
            Document document = DocumentJson.read(Files.readAllBytes(file), Document.class);
            Listing listing = document.listing(registry);
            histories = document.moves();
            written = listing;
            known = written.asOf(Files.getLastModifiedTime(file).toInstant());
        } catch (NoSuchFileException e) {
            // the first start
        } catch (IOException e) {
            LOG.warn("what was kept of the registry can't be read").cause(e).write();
        }
    }

    /** Returns what the registry held when it was last read, or null when that is not known. */
    synchronized @Nullable Listing lastKnown() {
        return known;
    }

    /** Returns the history of a model's aliases when it was last read, the newest first, or null when it never was. */
    synchronized @Nullable List<AliasMove> history(String model) {
        return histories.get(model);
    }

    /** Keeps a history that was read just now, for as long as the registry has the model. */
    synchronized void remember(String model, List<AliasMove> history) {
        if (history.equals(histories.get(model))) {
            return;
        }
        histories.put(model, List.copyOf(history));
        Listing listing = written;
        written = null;
        if (known != null && known.cachedAt() != null && listing != null) {
            keep(listing, known.cachedAt()); // as of then: nobody has read the rest again
        }
    }

    /** Keeps what was read just now. What can't be written is kept as long as the process lives. */
    synchronized void remember(Listing listing) {
        Instant now = clock.instant();
        known = listing.asOf(now);
        Set<String> models =
                listing.versions().keySet().stream().map(VersionRef::model).collect(Collectors.toSet());
        models.addAll(listing.aliases().keySet());
        if (histories.keySet().retainAll(models)) {
            written = null;
        }
        keep(listing, now);
    }

    private void keep(Listing listing, Instant readAt) {
        try {
            if (!listing.equals(written)) {
                write(listing);
                written = listing;
            }
            Files.setLastModifiedTime(file, FileTime.from(readAt));
        } catch (IOException e) {
            written = null;
            LOG.warn("what the registry holds can't be kept for the next start")
                    .cause(e)
                    .write();
        }
    }

    private void write(Listing listing) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        CacheFiles.write(fresh, DocumentJson.write(Document.of(registry, listing, histories)));
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        DirectoryDocuments.sync(directory);
    }
}
