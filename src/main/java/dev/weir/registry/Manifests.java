package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.VersionRef;
import dev.weir.registry.metadata.Metadata;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What the manifests of a registry say, whether their versions are loaded or not. Each is read once and kept until its
 * version's files change or it is gone; so is a refusal, if the files are to blame for it. Thread-safe; blocks while it
 * reads.
 */
@Singleton
public class Manifests {

    /** What was read; either {@code metadata} or {@code refusal} is null. */
    private record Known(
            String mark,
            @Nullable Metadata metadata,
            @Nullable String refusal) {}

    private final ModelSource source;
    private final Map<VersionRef, Known> known = new ConcurrentHashMap<>();

    /** Reads from a registry. */
    @Inject
    public Manifests(ModelSource source) {
        this.source = source;
    }

    /**
     * Returns what a version's manifest says.
     *
     * @param listing what the registry holds
     * @throws ArtifactRejected when there is no such version, or its manifest is refused
     * @throws RegistryUnavailable when it can't be read now
     */
    public Metadata read(VersionRef ref, Listing listing) {
        String mark = listing.mark(ref);
        if (mark == null) {
            throw new ArtifactRejected("the registry has no version " + ref);
        }
        Known now = known.get(ref);
        if (now == null || !now.mark().equals(mark)) {
            now = describe(ref, mark);
            known.put(ref, now);
            if (known.size() > listing.versions().size()) {
                known.keySet().retainAll(listing.versions().keySet());
            }
        }
        if (now.metadata() == null) {
            throw new ArtifactRejected(String.valueOf(now.refusal()));
        }
        return now.metadata();
    }

    private Known describe(VersionRef ref, String mark) {
        try {
            return new Known(mark, Metadata.of(source.describe(ref)), null);
        } catch (ArtifactRejected e) {
            if (!e.isLasting()) {
                throw e;
            }
            return new Known(mark, null, e.publicMessage());
        }
    }
}
