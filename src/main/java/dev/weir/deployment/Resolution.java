package dev.weir.deployment;

import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import dev.weir.registry.Listing;
import dev.weir.registry.Revocation;
import dev.weir.routing.TrafficSplit;
import dev.weir.routing.Variant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The versions behind a deployment's variants at one moment; a pure function of its file, the registry's aliases and
 * revocations, what serves, and the versions it may go back to.
 *
 * @param split the variants that have a version; null when the primary has none
 * @param standIns the versions that may be the primary if the one of the split can't, the best first; none while
 *     something serves
 * @param problem what can't be resolved or is revoked; null when all is well
 */
record Resolution(
        @Nullable TrafficSplit split,
        List<VersionRef> standIns,
        @Nullable String problem) {

    /** How many versions are tried in the place of one. */
    static final int MAX_STAND_INS = 8;

    /** Copies the list. */
    Resolution {
        standIns = List.copyOf(standIns);
    }

    /** Resolves a deployment that never served. */
    static Resolution of(DeploymentSpec spec, Listing listing) {
        return of(spec, listing, null, null);
    }

    /**
     * Resolves a deployment.
     *
     * @param before the deployment as it serves now, or null
     * @param former the versions it may go back to; asked for only while nothing serves; null for none
     */
    static Resolution of(
            DeploymentSpec spec, Listing listing, @Nullable Deployment before, @Nullable FormerVersions former) {
        List<Variant> variants = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        Set<VersionRef> taken = new LinkedHashSet<>();
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
        Variant primary = variants.stream()
                .filter(variant -> variant.role() == VariantRole.PRIMARY)
                .findFirst()
                .orElse(null);
        VersionRef wanted = primary == null ? null : primary.version();
        VersionRef withdrawn = withdrawn(listing, before);
        for (VersionRef ref : taken) {
            Revocation revocation = listing.revocation(ref);
            if (revocation != null) {
                problems.add("version " + ref + " is revoked: " + revocation.reason());
            }
        }
        boolean isLeftWithout = withdrawn != null || (wanted != null && listing.revocation(wanted) != null);
        boolean serves =
                before != null && before.serving() != null && !before.serving().equals(withdrawn);
        List<VersionRef> standIns = List.of();
        if (!serves && isLeftWithout) {
            standIns = standIns(spec, listing, variants, former == null ? List.of() : former.of(spec, before));
        } else if (!serves && former != null && spec.followsAlias()) {
            // The alias may stand for a version that is refused, or for nothing, and did when this server last stopped.
            standIns = usable(former.served(spec).stream().filter(ref -> !ref.equals(wanted)), listing);
        }
        return new Resolution(
                primary == null ? null : new TrafficSplit(variants, spec.assignment()),
                standIns,
                problems.isEmpty() ? null : String.join("; ", problems));
    }

    /**
     * Returns the version that served and was revoked, as long as nothing serves that the deployment's file asks for, or
     * null.
     */
    static @Nullable VersionRef withdrawn(Listing listing, @Nullable Deployment before) {
        if (before == null) {
            return null;
        }
        VersionRef serving = before.serving();
        VersionRef ref = serving != null && listing.revocation(serving) != null ? serving : before.withdrawn();
        return ref == null || listing.revocation(ref) == null ? null : ref;
    }

    private static List<VersionRef> standIns(
            DeploymentSpec spec, Listing listing, List<Variant> variants, List<VersionRef> former) {
        Stream<VersionRef> standbys = variants.stream()
                .filter(variant -> variant.role() == VariantRole.STANDBY)
                .map(Variant::version);
        Stream<VersionRef> all =
                switch (spec.onRevoked()) {
                    case PREVIOUS -> Stream.concat(former.stream(), standbys);
                    case STANDBY -> standbys;
                    case UNREADY -> Stream.of();
                };
        return usable(all, listing);
    }

    private static List<VersionRef> usable(Stream<VersionRef> candidates, Listing listing) {
        Set<VersionRef> seen = new HashSet<>();
        return candidates
                .filter(ref -> listing.revocation(ref) == null && seen.add(ref))
                .limit(MAX_STAND_INS)
                .toList();
    }
}
