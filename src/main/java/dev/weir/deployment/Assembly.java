package dev.weir.deployment;

import dev.weir.inference.ModelSignature;
import dev.weir.inference.Ticker;
import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import dev.weir.registry.Listing;
import dev.weir.registry.Revocation;
import dev.weir.registry.metadata.Metadata;
import dev.weir.routing.TrafficSplit;
import dev.weir.routing.Variant;
import dev.weir.servable.ComputePool;
import dev.weir.servable.Lane;
import dev.weir.servable.Servable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes a deployment of the next snapshot out of what its file says, what the registry says, what is loaded, and what
 * serves now. What serves is left alone until what should serve instead is loaded, keeps the promise and meets the
 * policy; unless it is revoked, which ends it at once.
 */
final class Assembly {

    private final ComputePool compute;
    private final Ticker ticker;
    private final Map<VersionRef, Servable> loaded;
    private final Set<VersionRef> loading;
    private final Listing listing;
    private final Policies policies;

    Assembly(
            ComputePool compute,
            Ticker ticker,
            Map<VersionRef, Servable> loaded,
            Set<VersionRef> loading,
            Listing listing,
            Policies policies) {
        this.compute = compute;
        this.ticker = ticker;
        this.loaded = loaded;
        this.loading = loading;
        this.listing = listing;
        this.policies = policies;
    }

    /**
     * Makes a deployment.
     *
     * @param resolution the versions its variants stand for now
     * @param before the deployment as it serves now, or null
     */
    Deployment assemble(DeploymentSpec spec, Resolution resolution, @Nullable Deployment before) {
        TrafficSplit wanted = resolution.split();
        if (wanted == null) {
            TrafficSplit kept = before == null ? null : before.split();
            if (before == null || kept == null) {
                return new Deployment(spec, null, null, Map.of(), Map.of(), null, resolution.problem());
            }
            return new Making(spec, before, before.promise()).deployment(kept, resolution.problem());
        }
        Deployment serving = before != null && before.isReady() ? before : null;
        Making making = new Making(spec, before, serving == null ? promise(spec, wanted, before) : serving.promise());
        Variant primary = serving == null ? null : serving.primary();
        TrafficSplit split = primary != null && making.isUsable(primary) && !making.isUsable(wanted.primary())
                ? withPrimary(primary, wanted)
                : wanted;
        return making.deployment(
                before == null ? split : withStandbys(before.variants(), split, making),
                making.problem(resolution, wanted.primary()));
    }

    /** Returns the split with the primary that serves now, as long as the one that should can't take over. */
    private static TrafficSplit withPrimary(Variant primary, TrafficSplit wanted) {
        List<Variant> variants = new ArrayList<>();
        variants.add(primary);
        wanted.variants().stream()
                .filter(variant -> variant.role() != VariantRole.PRIMARY)
                .filter(variant -> !variant.version().equals(primary.version()))
                .forEach(variants::add);
        return new TrafficSplit(variants);
    }

    /** Returns the split with the standbys that answer now, as long as those that should are being loaded. */
    private TrafficSplit withStandbys(List<Variant> before, TrafficSplit wanted, Making making) {
        Set<VersionRef> taken = wanted.variants().stream().map(Variant::version).collect(Collectors.toSet());
        return new TrafficSplit(wanted.variants().stream()
                .map(variant -> variant.role() == VariantRole.PRIMARY
                                || loaded.containsKey(variant.version())
                                || !loading.contains(variant.version())
                        ? variant
                        : before.stream()
                                .filter(old -> old.name().equals(variant.name()))
                                .filter(old -> making.isUsable(old) && taken.add(old.version()))
                                .findFirst()
                                .orElse(variant))
                .toList());
    }

    /** Returns the primary's signature, or a standby's as long as the primary can't serve. */
    private @Nullable ModelSignature promise(DeploymentSpec spec, TrafficSplit split, @Nullable Deployment before) {
        for (Variant variant : split.variants()) { // the primary is the first
            Servable servable = loaded.get(variant.version());
            if (servable != null && new Making(spec, before, servable.signature()).isUsable(variant)) {
                return servable.signature();
            }
        }
        return null;
    }

    /** One deployment in the making. */
    private final class Making {
        private final DeploymentSpec spec;
        private final @Nullable Deployment before;
        private final @Nullable ModelSignature promise;

        /** What keeps a version from being used, or an empty text. */
        private final Map<VersionRef, String> obstacles = new HashMap<>();

        Making(DeploymentSpec spec, @Nullable Deployment before, @Nullable ModelSignature promise) {
            this.spec = spec;
            this.before = before;
            this.promise = promise;
        }

        Deployment deployment(TrafficSplit split, @Nullable String problem) {
            return new Deployment(spec, split, promise, lanes(split), leftOut(split), previous(split), problem);
        }

        boolean isUsable(Variant variant) {
            return loaded.containsKey(variant.version())
                    && obstacle(variant.version()).isEmpty();
        }

        /** Returns why a version can't be used, whether it is loaded or not; an empty text when nothing speaks against it. */
        private String obstacle(VersionRef ref) {
            return obstacles.computeIfAbsent(ref, each -> {
                Revocation revocation = listing.revocation(each);
                if (revocation != null) {
                    return "it is revoked: " + revocation.reason();
                }
                Servable servable = loaded.get(each);
                if (servable == null) {
                    return "";
                }
                if (promise != null && !servable.signature().equals(promise)) {
                    return "its signature differs from the deployment's promise";
                }
                String refusal = isHeld(servable) ? null : refusal(servable);
                if (Verdicts.OPEN.equals(refusal)) {
                    return refusal;
                }
                return refusal == null ? "" : "it does not meet the policy: " + refusal;
            });
        }

        /** Says whether the deployment took the version before; a policy is asked when it takes one, not ever again. */
        private boolean isHeld(Servable servable) {
            if (before == null) {
                return false;
            }
            Lane lane = before.lanes().get(servable.ref());
            return (lane != null && lane.servable() == servable)
                    || servable.ref().equals(before.previous());
        }

        private @Nullable String refusal(Servable servable) {
            return policies.knownRefusal(
                    spec,
                    servable.ref(),
                    Metadata.of(servable.artifact().manifest()),
                    listing,
                    before == null ? null : before.serving());
        }

        @Nullable
        String problem(Resolution resolution, Variant primary) {
            VersionRef ref = primary.version();
            String obstacle = obstacle(ref);
            Servable servable = loaded.get(ref);
            String problem = null;
            if (listing.revocation(ref) != null) {
                return resolution.problem(); // says so
            } else if (servable == null) {
                problem = "version " + ref + (loading.contains(ref) ? " is being loaded" : " is not loaded");
            } else if (promise != null && !servable.signature().equals(promise)) {
                problem = "version " + ref + " has another signature than the deployment promises";
            } else if (!obstacle.isEmpty()) {
                problem = "version " + ref + " is left out: " + obstacle;
            }
            if (problem == null || resolution.problem() == null) {
                return problem == null ? resolution.problem() : problem;
            }
            return problem + "; " + resolution.problem();
        }

        private Map<VersionRef, Lane> lanes(TrafficSplit split) {
            Map<VersionRef, Lane> lanes = new HashMap<>();
            for (Variant variant : split.variants()) {
                Servable servable = loaded.get(variant.version());
                if (servable == null || !isUsable(variant)) {
                    continue;
                }
                Lane present = before == null ? null : before.lane(variant);
                boolean same = present != null && present.servable() == servable;
                lanes.put(
                        variant.version(),
                        same
                                ? present
                                : new Lane(
                                        servable,
                                        spec.concurrency().orElse(compute.threads()),
                                        spec.queue(),
                                        compute,
                                        ticker));
            }
            return lanes;
        }

        /** Returns the version to go back to: the primary that served until now, or the one before it. */
        private @Nullable VersionRef previous(TrafficSplit split) {
            if (before == null) {
                return null;
            }
            VersionRef now = split.primary().version();
            VersionRef serving = before.serving();
            VersionRef previous = serving == null || serving.equals(now) || listing.revocation(serving) != null
                    ? before.previous()
                    : serving;
            return previous == null || previous.equals(now) || listing.revocation(previous) != null ? null : previous;
        }

        private Map<VersionRef, String> leftOut(TrafficSplit split) {
            Map<VersionRef, String> leftOut = new HashMap<>();
            for (Variant variant : split.variants()) {
                String obstacle = obstacle(variant.version());
                if (!obstacle.isEmpty()) {
                    leftOut.put(variant.version(), obstacle);
                }
            }
            return leftOut;
        }
    }
}
