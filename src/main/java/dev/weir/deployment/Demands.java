package dev.weir.deployment;

import dev.weir.inference.ModelSignature;
import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import dev.weir.registry.Demand;
import dev.weir.registry.Listing;
import dev.weir.registry.metadata.Metadata;
import dev.weir.routing.TrafficSplit;
import dev.weir.routing.Variant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Tells which versions are wanted, and what each must be like. */
final class Demands {

    private final Policies policies;
    private final Listing listing;
    private final ServingSnapshot before;

    Demands(Policies policies, Listing listing, ServingSnapshot before) {
        this.policies = policies;
        this.listing = listing;
        this.before = before;
    }

    /**
     * Returns every version that is wanted. A primary may have any signature as long as the deployment is unready and not
     * bound by what it promised before; a standby must fit what answers those who name it, and a stand-in what it stands in
     * for. A version that is revoked is
     * not wanted, nor is one of a model of which it can't be told.
     *
     * @param standIns by deployment, which of the stand-ins are asked for
     */
    Collection<Demand> of(Map<DeploymentSpec, Resolution> resolutions, Map<String, Set<VersionRef>> standIns) {
        Map<VersionRef, Map<String, Demand.Terms>> terms = new LinkedHashMap<>();
        Map<VersionRef, TreeSet<String>> circumstances = new LinkedHashMap<>();
        resolutions.forEach((spec, resolution) -> {
            TrafficSplit split = resolution.split();
            Map<VersionRef, VariantRole> wanted = new LinkedHashMap<>();
            for (Variant variant : split == null ? List.<Variant>of() : split.variants()) {
                wanted.put(variant.version(), variant.role());
            }
            standIns.getOrDefault(spec.name(), Set.of()).forEach(ref -> wanted.putIfAbsent(ref, VariantRole.STANDBY));
            for (Map.Entry<VersionRef, VariantRole> each : wanted.entrySet()) {
                VersionRef ref = each.getKey();
                if (listing.revocation(ref) == null && !listing.problems().containsKey(ref.model())) {
                    Demand.Terms asked = terms(
                            spec, ref, each.getValue(), resolution.standIns().contains(ref));
                    terms.computeIfAbsent(ref, deployments -> new LinkedHashMap<>())
                            .put(spec.name(), asked);
                    TreeSet<String> those = circumstances.computeIfAbsent(ref, deployments -> new TreeSet<>());
                    those.add(policies.circumstances(spec, listing));
                    if (asked.promise() != null) {
                        // What was refused for its signature may be tried again once another one, or none, is promised.
                        those.add(spec.name() + "=" + asked.promise().hashCode());
                    }
                }
            }
        });
        List<Demand> demands = new ArrayList<>();
        terms.forEach((ref, each) -> demands.add(new Demand(
                ref,
                each,
                String.join(" ", circumstances.getOrDefault(ref, new TreeSet<>()))
                        .strip())));
        return demands;
    }

    private Demand.Terms terms(DeploymentSpec spec, VersionRef ref, VariantRole role, boolean standIn) {
        Deployment deployment = before.deployment(spec.name());
        boolean bound = role != VariantRole.PRIMARY || (deployment != null && deployment.isReady());
        ModelSignature promise = bound && deployment != null ? deployment.promise() : null;
        if (promise == null) {
            promise = policies.promisedBefore(spec, listing, standIn);
        }
        return new Demand.Terms(
                promise, manifest -> policies.refusal(spec, ref, Metadata.of(manifest), listing, standIn));
    }
}
