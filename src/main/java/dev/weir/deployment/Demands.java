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
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

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
     * Returns every version that is wanted. A primary may have any signature as long as the deployment is unready; a
     * standby must fit what answers those who name it. A version that is revoked is not wanted, nor is one of a model
     * of which it can't be told.
     */
    Collection<Demand> of(Map<DeploymentSpec, Resolution> resolutions) {
        Map<VersionRef, Map<String, Demand.Terms>> terms = new LinkedHashMap<>();
        Map<VersionRef, TreeSet<String>> circumstances = new LinkedHashMap<>();
        resolutions.forEach((spec, resolution) -> {
            TrafficSplit split = resolution.split();
            for (Variant variant : split == null ? List.<Variant>of() : split.variants()) {
                VersionRef ref = variant.version();
                if (listing.revocation(ref) == null && !listing.problems().containsKey(ref.model())) {
                    Demand.Terms asked = terms(spec, variant);
                    terms.computeIfAbsent(ref, each -> new LinkedHashMap<>()).put(spec.name(), asked);
                    TreeSet<String> those = circumstances.computeIfAbsent(ref, each -> new TreeSet<>());
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

    private Demand.Terms terms(DeploymentSpec spec, Variant variant) {
        Deployment deployment = before.deployment(spec.name());
        boolean bound = variant.role() != VariantRole.PRIMARY || (deployment != null && deployment.isReady());
        ModelSignature promise = bound && deployment != null ? deployment.promise() : null;
        @Nullable VersionRef serving = deployment == null ? null : deployment.serving();
        return new Demand.Terms(
                promise,
                manifest -> policies.refusal(spec, variant.version(), Metadata.of(manifest), listing, serving));
    }
}
