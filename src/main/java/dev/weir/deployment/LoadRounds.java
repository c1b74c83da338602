package dev.weir.deployment;

import dev.weir.inference.VersionRef;
import dev.weir.registry.Listing;
import dev.weir.registry.Reconciler;
import dev.weir.routing.TrafficSplit;
import dev.weir.servable.Servable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Loads what is wanted, and then, for deployments that a revocation left without a primary, their stand-ins: one at a
 * time, the next when the one before it turned out to be of no use.
 *
 * <p>It remembers which stand-ins it asked for, as long as nothing serves, so that those that failed are not tried at
 * every refresh. Its methods are called under the lock under which snapshots are made, and wait for no load: after each,
 * {@link #load} is called once more.
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
     * Begins to load.
     *
     * @param again says which versions to try again that failed and have not changed since; null to begin with nothing but
     *     the stand-ins that are due
     * @param settle what the reconciler hands its notes to
     */
    void load(
            Map<DeploymentSpec, Resolution> resolutions,
            ServingSnapshot before,
            Listing listing,
            @Nullable Predicate<VersionRef> again,
            Consumer<Runnable> settle) {
        Demands demands = new Demands(policies, listing, before);
        resolutions.forEach((spec, resolution) -> forget(spec, resolution.standIns()));
        Set<String> names =
                resolutions.keySet().stream().map(DeploymentSpec::name).collect(Collectors.toSet());
        asked.entrySet().removeIf(each -> each.getValue().isEmpty() || !names.contains(each.getKey()));
        if (again != null) {
            reconciler.load(demands.of(resolutions, asked), listing, again, settle);
        }
        for (int round = 0; round < Resolution.MAX_STAND_INS; round++) {
            Set<VersionRef> next = next(resolutions, before, listing);
            if (next.isEmpty()) {
                return;
            }
            reconciler.load(
                    demands.of(resolutions, asked),
                    listing,
                    ref -> again != null && next.contains(ref) && again.test(ref),
                    settle);
        }
    }

    /** Asks for the next stand-in of every deployment that has nothing to serve, and nothing to wait for. */
    private Set<VersionRef> next(Map<DeploymentSpec, Resolution> resolutions, ServingSnapshot before, Listing listing) {
        Set<VersionRef> next = new HashSet<>();
        Map<VersionRef, Servable> loaded = reconciler.loaded();
        Set<VersionRef> loading = reconciler.loading();
        resolutions.forEach((spec, resolution) -> {
            Set<VersionRef> own = asked.getOrDefault(spec.name(), Set.of());
            List<VersionRef> left = new ArrayList<>(resolution.standIns());
            left.removeAll(own);
            if (left.isEmpty()
                    || listing.problems().containsKey(spec.model()) // then nothing of it is loaded
                    || new Fitness(spec, resolution, before.deployment(spec.name()), loaded, listing, policies)
                            .hasPrimary()) {
                return;
            }
            Set<VersionRef> open = new HashSet<>(loading);
            open.addAll(policies.unjudged(spec));
            TrafficSplit split = resolution.split();
            boolean waits = (split != null && open.contains(split.primary().version()))
                    || own.stream().anyMatch(open::contains);
            if (!waits) {
                asked.computeIfAbsent(spec.name(), each -> new LinkedHashSet<>())
                        .add(left.getFirst());
                next.add(left.getFirst());
            }
        });
        return next;
    }

    private void forget(DeploymentSpec spec, List<VersionRef> standIns) {
        Set<VersionRef> those = asked.get(spec.name());
        if (those != null) {
            those.retainAll(standIns);
        }
    }
}
