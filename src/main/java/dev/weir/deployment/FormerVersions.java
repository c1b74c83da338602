package dev.weir.deployment;

import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.VersionRef;
import dev.weir.registry.AliasMove;
import dev.weir.registry.Listing;
import dev.weir.registry.ModelSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The versions that a deployment may go back to when its primary is revoked. */
final class FormerVersions {

    private final ModelSource source;
    private final Listing listing;

    FormerVersions(ModelSource source, Listing listing) {
        this.source = source;
        this.listing = listing;
    }

    /**
     * Returns the version that serves, which nobody asks to leave if it is not revoked itself, and then, if the deployment
     * wants that, the primary before it and those for which its alias stood before, the newest first.
     *
     * @param before the deployment as it serves now, or null
     */
    List<VersionRef> of(DeploymentSpec spec, @Nullable Deployment before) {
        List<VersionRef> former = new ArrayList<>();
        VersionRef serving = before == null ? null : before.serving();
        if (serving != null) {
            former.add(serving);
        }
        if (spec.onRevoked() != OnRevoked.PREVIOUS) {
            return former;
        }
        VersionRef previous = before == null ? null : before.previous();
        if (previous != null) {
            former.add(previous);
        }
        boolean found = former.stream().anyMatch(ref -> listing.revocation(ref) == null);
        if (!found && spec.variants().getFirst().choice() instanceof VersionChoice.Aliased(String alias)) {
            former.addAll(history(spec.model(), alias));
        }
        return former;
    }

    private List<VersionRef> history(String model, String alias) {
        List<VersionRef> former = new ArrayList<>();
        try {
            for (AliasMove move : source.aliasHistory(model)) {
                String from = move.from();
                if (move.alias().equals(alias) && from != null && listing.holds(new VersionRef(model, from))) {
                    former.add(new VersionRef(model, from));
                }
            }
        } catch (RegistryUnavailable e) {
            // Then a standby, or nothing, until it can be read again.
        }
        return former;
    }
}
