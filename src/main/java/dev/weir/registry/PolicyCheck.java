package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.inference.VersionRef;
import dev.weir.registry.metadata.Metadata;
import dev.weir.registry.metadata.MetadataPolicy;
import dev.weir.registry.metadata.Requirement.Bar;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Holds versions against policies, as the registry is at one moment. Thread-safe; blocks while it reads.
 *
 * <p>The bar that an alias sets is the version behind it. A version that is itself behind the alias is compared with the
 * one from which it took the alias over when it first got it, so that moving the alias is no way around the comparison,
 * and moving it back is never barred by it. If the registry tells no history, it is compared with what its deployment
 * serves. A version that is revoked or gone sets no bar, and neither does an alias that stands for nothing.
 */
public final class PolicyCheck {

    private final Listing listing;
    private final Manifests manifests;
    private final ModelSource source;

    /** Checks against what a listing says. */
    public PolicyCheck(Listing listing, Manifests manifests, ModelSource source) {
        this.listing = listing;
        this.manifests = manifests;
        this.source = source;
    }

    /**
     * Returns what a version does not meet.
     *
     * @param metadata what its manifest says
     * @param serving the version that its deployment serves now, if it does and that matters
     * @throws dev.weir.failure.RegistryUnavailable when what to compare with can't be read now
     */
    public List<MetadataPolicy.Unmet> unmet(
            MetadataPolicy policy, VersionRef ref, Metadata metadata, @Nullable VersionRef serving) {
        return policy.unmet(metadata, alias -> bar(ref, alias, serving));
    }

    private @Nullable Bar bar(VersionRef ref, String alias, @Nullable VersionRef serving) {
        VersionRef holder = listing.resolve(ref.model(), alias);
        if (ref.equals(holder)) {
            holder = predecessor(ref, alias, serving);
        }
        if (holder == null || holder.equals(ref) || listing.revocation(holder) != null || !listing.holds(holder)) {
            return null;
        }
        try {
            return new Bar(holder.version(), manifests.read(holder, listing));
        } catch (ArtifactRejected e) {
            return new Bar(holder.version(), null);
        }
    }

    private @Nullable VersionRef predecessor(VersionRef ref, String alias, @Nullable VersionRef serving) {
        List<AliasMove> moves = source.aliasHistory(ref.model()).stream()
                .filter(move -> move.alias().equals(alias) && move.to().equals(ref.version()))
                .toList();
        if (moves.isEmpty()) {
            return serving != null && serving.model().equals(ref.model()) ? serving : null;
        }
        String from = moves.getLast().from();
        return from == null ? null : new VersionRef(ref.model(), from);
    }
}
