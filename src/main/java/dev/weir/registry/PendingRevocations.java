package dev.weir.registry;

import dev.weir.failure.RegistryUnavailable;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ArtifactDigests;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Revocations that a registry has not shown yet, in a file: those it could not be told because it was down, and those it
 * was told since it was last read. So a version can be taken out of service at any time, and none comes back with a start
 * from what was kept of the registry before. Thread-safe.
 */
final class PendingRevocations {

    private static final Log LOG = Log.of(PendingRevocations.class);

    /**
     * A revocation.
     *
     * @param told whether the registry has taken it
     */
    private record Pending(Revocation revocation, boolean told) {}

    /** An entry of the file. */
    private record Entry(String model, String version, Revocation revocation, boolean told) {}

    /** The file. */
    private record Document(
            @Nullable String schemaVersion,
            @Nullable String registry,
            @Nullable List<Entry> revoked) {}

    private final Path directory;
    private final Path file;
    private final String registry;
    private final Map<VersionRef, Pending> pending = new LinkedHashMap<>();

    private PendingRevocations(Path directory, String registry) {
        this.directory = directory;
        this.file =
                directory.resolve(ArtifactDigests.sha256(registry.getBytes(StandardCharsets.UTF_8)) + "-revoked.json");
        this.registry = registry;
    }

    /** Opens those of a registry in a directory where those of others may lie too. */
    static PendingRevocations open(Path directory, String registry) {
        PendingRevocations opened = new PendingRevocations(directory, registry);
        opened.read();
        return opened;
    }

    private synchronized void read() {
        try {
            Document document = DocumentJson.read(Files.readAllBytes(file), Document.class);
            List<Entry> entries = document.revoked();
            if (!DocumentJson.SCHEMA_VERSION.equals(document.schemaVersion())
                    || !registry.equals(document.registry())
                    || entries == null) {
                throw new IOException("the document is of another schema or registry");
            }
            for (Entry entry : entries) {
                pending.put(
                        new VersionRef(entry.model(), entry.version()),
                        new Pending(entry.revocation().orUnknown(), entry.told()));
            }
        } catch (NoSuchFileException e) {
            // nothing was ever revoked here
        } catch (IOException | NullPointerException | RequestRejected e) {
            LOG.error("revocations that the registry does not show yet can't be read")
                    .cause(e)
                    .write();
        }
    }

    /** Returns a listing with these on top. */
    synchronized Listing over(Listing listing) {
        Listing whole = listing;
        for (Map.Entry<VersionRef, Pending> each : pending.entrySet()) {
            whole = whole.withRevoked(each.getKey(), each.getValue().revocation());
        }
        return whole;
    }

    /** Says whether the registry was not told of a version's revocation yet. */
    synchronized boolean isUntold(VersionRef ref) {
        Pending each = pending.get(ref);
        return each != null && !each.told();
    }

    /**
     * Adds one, for good before this returns. Of several of one version the first counts.
     *
     * @param told whether the registry has taken it
     * @throws IOException when it can't be written; it counts as long as the process lives
     */
    synchronized void add(VersionRef ref, Revocation revocation, boolean told) throws IOException {
        Pending before = pending.get(ref);
        pending.put(ref, before == null ? new Pending(revocation, told) : new Pending(before.revocation(), told));
        write();
    }

    /**
     * Forgets what the registry shows by now, and tells it what it was not told. Blocks while that is written, but holds up
     * nobody who asks.
     *
     * @param read what the registry itself has just said
     */
    void settle(Listing read, ModelSource registry) {
        Map<VersionRef, Revocation> untold = new LinkedHashMap<>();
        boolean news;
        synchronized (this) {
            news = pending.keySet().removeIf(ref -> read.revocation(ref) != null);
            pending.forEach((ref, each) -> {
                if (!each.told()) {
                    untold.put(ref, each.revocation());
                }
            });
        }
        List<VersionRef> told = new ArrayList<>();
        for (Map.Entry<VersionRef, Revocation> each : untold.entrySet()) {
            try {
                registry.revoke(each.getKey(), each.getValue());
                told.add(each.getKey());
            } catch (RegistryUnavailable e) {
                break; // nor will it take the next one
            } catch (RequestRejected e) {
                // It has no such version now; it may get one of this name again.
            }
        }
        if (news || !told.isEmpty()) {
            note(told);
        }
    }

    private synchronized void note(List<VersionRef> told) {
        for (VersionRef ref : told) {
            pending.computeIfPresent(ref, (same, each) -> new Pending(each.revocation(), true));
            LOG.info("the registry was told of a revocation")
                    .with(LogKey.MODEL, ref.model())
                    .with(LogKey.VERSION, ref.version())
                    .write();
        }
        try {
            write();
        } catch (IOException e) {
            LOG.warn("which revocations the registry does not show yet can't be kept")
                    .cause(e)
                    .write();
        }
    }

    private void write() throws IOException {
        List<Entry> entries = new ArrayList<>();
        pending.forEach(
                (ref, each) -> entries.add(new Entry(ref.model(), ref.version(), each.revocation(), each.told())));
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        CacheFiles.write(fresh, DocumentJson.write(new Document(DocumentJson.SCHEMA_VERSION, registry, entries)));
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        DirectoryDocuments.sync(directory);
    }
}
