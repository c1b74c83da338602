package dev.weir.deployment;

import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.Names;
import dev.weir.inference.VersionRef;
import dev.weir.registry.AliasMove;
import dev.weir.registry.Listing;
import dev.weir.registry.ModelSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The versions that a deployment may go back to. */
final class FormerVersions {

    private final ModelSource source;
    private final Policies policies;
    private final Listing listing;

    /** By model, so that a registry that does not answer is waited for once. */
    private final Map<String, List<AliasMove>> moves = new HashMap<>();

    FormerVersions(ModelSource source, Policies policies, Listing listing) {
        this.source = source;
        this.policies = policies;
        this.listing = listing;
    }

    /**
     * Returns what may take the place of a revoked primary: the primary before the one that serves, which is still loaded,
     * and then those for which the deployment's alias stood before, the newest first. A version may come more than once.
     * Blocks while the registry is asked.
     *
     * @param before the deployment as it serves now, or null
     */
    List<VersionRef> of(DeploymentSpec spec, @Nullable Deployment before) {
        List<VersionRef> former = new ArrayList<>();
        VersionRef previous = before == null ? null : before.previous();
        if (previous != null) {
            former.add(previous);
        }
        if (spec.variants().getFirst().choice() instanceof VersionChoice.Aliased(String alias)) {
            former.addAll(history(spec.model(), alias));
        }
        return former;
    }

    /** Returns what a deployment served before, as far as it is remembered, the last one first. */
    List<VersionRef> served(DeploymentSpec spec) {
        return policies.acceptedBefore(spec, listing);
    }

    private List<VersionRef> history(String model, String alias) {
        List<VersionRef> former = new ArrayList<>();
        for (AliasMove move : moves.computeIfAbsent(model, this::read)) {
            String from = move.from();
            if (alias.equals(move.alias())
                    && from != null
                    && Names.isName(from)
                    && listing.holds(new VersionRef(model, from))) {
                former.add(new VersionRef(model, from));
            }
        }
        return former;
    }

    private List<AliasMove> read(String model) {
        try {
            return source.knownHistory(model);
        } catch (RegistryUnavailable e) {
            return List.of(); // Then a standby, or nothing, until it can be read again.
        }
    }
}
