package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.VersionRef;
import dev.weir.registry.metadata.Metadata;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds versions by what their manifests say, loaded or not. Thread-safe; blocks while it reads. */
@Singleton
public class VersionSearch {

    /**
     * Some of what was found.
     *
     * @param found versions that match, by model and version, with what their manifests say
     * @param unread versions of which it is not known whether they match, and why
     * @param next the last version that was looked at, when there may be more after it; null at the end
     */
    public record Page(
            Map<VersionRef, Metadata> found,
            Map<VersionRef, String> unread,
            @Nullable VersionRef next) {}

    private final Manifests manifests;

    @Inject
    VersionSearch(Manifests manifests) {
        this.manifests = manifests;
    }

    /**
     * Looks for versions.
     *
     * @param listing where to look
     * @param after the version after which to begin, which may be gone; null to begin at the first
     * @param limit how many versions to return at most, both kinds together
     */
    public Page search(Listing listing, VersionQuery query, @Nullable VersionRef after, int limit) {
        Map<VersionRef, Metadata> found = new LinkedHashMap<>();
        Map<VersionRef, String> unread = new LinkedHashMap<>();
        VersionRef last = null;
        for (VersionRef ref : listing.versions().keySet()) {
            if (query.model() != null && !query.model().equals(ref.model())) {
                continue;
            }
            if (after != null && listing.versions().comparator().compare(ref, after) <= 0) {
                continue;
            }
            if (found.size() + unread.size() == limit) {
                return new Page(found, unread, last);
            }
            last = ref;
            try {
                Metadata metadata = manifests.read(ref, listing);
                if (query.matches(metadata)) {
                    found.put(ref, metadata);
                }
            } catch (ArtifactRejected | RegistryUnavailable e) {
                unread.put(ref, e.publicMessage());
            }
        }
        return new Page(found, unread, null);
    }
}
