package dev.weir.deployment;

import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import dev.weir.registry.Listing;
import dev.weir.routing.TrafficSplit;
import dev.weir.routing.Variant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The versions behind a deployment's variants at one moment; a pure function of its file and the registry's aliases.
 *
 * @param split the variants that have a version; null when the primary has none
 * @param problem what can't be resolved; null when everything can
 */
record Resolution(@Nullable TrafficSplit split, @Nullable String problem) {

    static Resolution of(DeploymentSpec spec, Listing listing) {
        List<Variant> variants = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        Set<VersionRef> taken = new HashSet<>();
        boolean primary = false;
        for (VariantSpec variant : spec.variants()) {
            VersionRef ref = variant.choice().resolve(spec.model(), listing);
            if (ref == null) {
                problems.add("the registry has no alias " + variant.choice() + " for model '" + spec.model() + "'");
            } else if (taken.add(ref)) {
                // The primary comes first; a standby of the version that serves anyway adds nothing.
                variants.add(new Variant(variant.name(), ref, variant.role()));
                primary |= variant.role() == VariantRole.PRIMARY;
            }
        }
        return new Resolution(
                primary ? new TrafficSplit(variants) : null, problems.isEmpty() ? null : String.join("; ", problems));
    }
}
