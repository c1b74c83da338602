package dev.weir.deployment;

import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import dev.weir.registry.Listing;
import dev.weir.registry.Revocation;
import dev.weir.routing.TrafficSplit;
import dev.weir.routing.Variant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The versions behind a deployment's variants at one moment; a pure function of its file, the registry's aliases and
 * revocations, and the versions it may go back to.
 *
 * @param split the variants that have a version; null when the primary has none
 * @param problem what can't be resolved or is revoked; null when all is well
 */
record Resolution(@Nullable TrafficSplit split, @Nullable String problem) {

    /** Resolves a deployment that never served. */
    static Resolution of(DeploymentSpec spec, Listing listing) {
        return of(spec, listing, List::of);
    }

    /**
     * Resolves a deployment.
     *
     * @param former the versions it may go back to if its primary is revoked, the best first; asked for only then
     */
    static Resolution of(DeploymentSpec spec, Listing listing, Supplier<List<VersionRef>> former) {
        List<Variant> variants = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        Set<VersionRef> taken = new HashSet<>();
        for (VariantSpec variant : spec.variants()) {
            VersionRef ref = variant.choice().resolve(spec.model(), listing);
            if (ref == null) {
                problems.add("the registry has no alias " + variant.choice() + " for model '" + spec.model() + "'");
            } else if (taken.add(ref)) {
                // The primary comes first; a standby of the version that serves anyway adds nothing.
                variants.add(new Variant(variant.name(), ref, variant.role()));
            }
        }
        String unread = listing.problems().get(spec.model());
        if (unread != null) {
            problems.add(unread);
        }
        for (Variant variant : variants) {
            Revocation revocation = listing.revocation(variant.version());
            if (revocation != null) {
                problems.add("version " + variant.version() + " is revoked: " + revocation.reason());
            }
        }
        Variant primary = primary(variants);
        TrafficSplit split = primary == null ? null : new TrafficSplit(variants);
        if (primary != null && listing.revocation(primary.version()) != null) {
            VersionRef standIn = standIn(spec, listing, variants, former.get());
            if (standIn != null) {
                problems.add("version " + standIn + " stands in for it");
                split = withPrimary(new Variant(primary.name(), standIn, VariantRole.PRIMARY), variants);
            }
        }
        return new Resolution(split, problems.isEmpty() ? null : String.join("; ", problems));
    }

    private static @Nullable Variant primary(List<Variant> variants) {
        return variants.stream()
                .filter(variant -> variant.role() == VariantRole.PRIMARY)
                .findFirst()
                .orElse(null);
    }

    /** Returns the version to serve in place of a revoked primary, or null when there shall be none. */
    private static @Nullable VersionRef standIn(
            DeploymentSpec spec, Listing listing, List<Variant> variants, List<VersionRef> former) {
        Stream<VersionRef> standbys = spec.onRevoked() == OnRevoked.UNREADY
                ? Stream.of()
                : variants.stream().map(Variant::version);
        return Stream.concat(former.stream(), standbys)
                .filter(ref -> listing.revocation(ref) == null)
                .findFirst()
                .orElse(null);
    }

    private static TrafficSplit withPrimary(Variant standIn, List<Variant> variants) {
        List<Variant> all = new ArrayList<>();
        all.add(standIn);
        variants.stream()
                .filter(variant -> variant.role() != VariantRole.PRIMARY)
                .filter(variant -> !variant.version().equals(standIn.version()))
                .forEach(all::add);
        return new TrafficSplit(all);
    }
}
