package dev.weir.deployment;

import dev.weir.inference.VersionRef;
import dev.weir.registry.Listing;
import dev.weir.registry.Reconciler;
import dev.weir.servable.Servable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Loads what is wanted, and then, for deployments that a revocation left without a primary, their stand-ins: one at a
 * time, the next when the one before it turned out to be of no use.
 *
 * <p>It remembers which stand-ins it asked for, as long as nothing serves, so that those that failed are not tried at
 * every refresh. Its methods are called by one thread at a time, and block as long as the loads take.
 */
final class LoadRounds {

    private final Reconciler reconciler;
    private final Policies policies;
    private final Map<String, Set<VersionRef>> asked = new HashMap<>();

    LoadRounds(Reconciler reconciler, Policies policies) {
        this.reconciler = reconciler;
        this.policies = policies;
    }

    /**
     * Loads.
     *
     * @param again says which versions to try again that failed and have not changed since
     */
    void load(
            Map<DeploymentSpec, Resolution> resolutions,
            ServingSnapshot before,
            Listing listing,
            Predicate<VersionRef> again) {
        Demands demands = new Demands(policies, listing, before);
        resolutions.forEach((spec, resolution) -> forget(spec, resolution.standIns()));
        asked.values().removeIf(Set::isEmpty);
        reconciler.load(demands.of(resolutions, asked), listing, again);
        for (int round = 0; round < Resolution.MAX_STAND_INS; round++) {
            Set<VersionRef> next = new HashSet<>();
            Map<VersionRef, Servable> loaded = reconciler.loaded();
            resolutions.forEach((spec, resolution) -> {
                List<VersionRef> left = new ArrayList<>(resolution.standIns());
                left.removeAll(asked.getOrDefault(spec.name(), Set.of()));
                if (!left.isEmpty()
                        && !listing.problems().containsKey(spec.model()) // then nothing of it is loaded
                        && !new Fitness(spec, resolution, before.deployment(spec.name()), loaded, listing, policies)
                                .hasPrimary()) {
                    asked.computeIfAbsent(spec.name(), each -> new LinkedHashSet<>())
                            .add(left.getFirst());
                    next.add(left.getFirst());
                }
            });
            if (next.isEmpty()) {
                return;
            }
            reconciler.load(demands.of(resolutions, asked), listing, ref -> next.contains(ref) && again.test(ref));
        }
    }

    private void forget(DeploymentSpec spec, List<VersionRef> standIns) {
        Set<VersionRef> those = asked.get(spec.name());
        if (those != null) {
            those.retainAll(standIns);
        }
    }
}
