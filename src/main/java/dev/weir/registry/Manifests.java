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

    /** What was read; either {@code description} or {@code refusal} is null. */
    private record Known(
            String mark,
            @Nullable Description description,
            @Nullable String refusal) {

        boolean isFor(String otherMark, boolean whole) {
            return mark.equals(otherMark) && (!whole || description == null || description.isWhole());
        }
    }

    private final ModelSource source;
    private final Map<VersionRef, Known> known = new ConcurrentHashMap<>();

    /** Reads from a registry. */
    @Inject
    public Manifests(ModelSource source) {
        this.source = source;
    }

    /**
     * Returns what a version's manifest says that a policy or a search may ask for. What only its files tell may be missing;
     * they are not brought here for this.
     *
     * @param listing what the registry holds
     * @throws ArtifactRejected when there is no such version, or its manifest is refused
     * @throws RegistryUnavailable when it can't be read now
     */
    public Metadata read(VersionRef ref, Listing listing) {
        return read(ref, listing, false);
    }

    /** Returns all that a version's manifest says, as {@link #read} does; brings its files here if it has none without. */
    public Metadata readWhole(VersionRef ref, Listing listing) {
        return read(ref, listing, true);
    }

    private Metadata read(VersionRef ref, Listing listing, boolean whole) {
        Known now = know(ref, listing, whole);
        if (now.description() == null) {
            throw new ArtifactRejected(String.valueOf(now.refusal()));
        }
        return now.description().metadata();
    }

    /**
     * Returns {@code sha256:} and the digest of a version's manifest; null when that has none, or is refused.
     *
     * @throws RegistryUnavailable when it can't be read now
     */
    @Nullable
    String digest(VersionRef ref, Listing listing) {
        try {
            Description description = know(ref, listing, false).description();
            return description == null ? null : description.digest();
        } catch (ArtifactRejected e) {
            return null;
        }
    }

    private Known know(VersionRef ref, Listing listing, boolean whole) {
        String mark = listing.mark(ref);
        if (mark == null) {
            throw new ArtifactRejected("the registry has no version " + ref);
        }
        Known now = known.get(ref);
        if (now == null || !now.isFor(mark, whole)) {
            now = describe(ref, mark, whole);
            known.put(ref, now);
            if (known.size() > listing.versions().size()) {
                known.keySet().retainAll(listing.versions().keySet());
            }
        }
        return now;
    }

    private Known describe(VersionRef ref, String mark, boolean whole) {
        try {
            Description described = source.describe(ref);
            return new Known(mark, !whole || described.isWhole() ? described : Description.of(source.fetch(ref)), null);
        } catch (ArtifactRejected e) {
            if (!e.isLasting()) {
                throw e;
            }
            return new Known(mark, null, e.publicMessage());
        }
    }
}
