package dev.weir.deployment;

import dev.weir.inference.Ticker;
import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import dev.weir.registry.Listing;
import dev.weir.registry.Revocation;
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
 * policy; unless it is revoked, which ends it at once. {@link Fitness} says what can serve.
 */
final class Assembly {

    private final ComputePool compute;
    private final Ticker ticker;
    private final Map<VersionRef, Servable> loaded;
    private final Set<VersionRef> loading;
    private final Listing listing;
    private final Policies policies;
    private final boolean roomy;

    /**
     * Takes what is known.
     *
     * @param roomy whether there is memory for versions that serve nothing
     */
    Assembly(
            ComputePool compute,
            Ticker ticker,
            Map<VersionRef, Servable> loaded,
            Set<VersionRef> loading,
            Listing listing,
            Policies policies,
            boolean roomy) {
        this.compute = compute;
        this.ticker = ticker;
        this.loaded = loaded;
        this.loading = loading;
        this.listing = listing;
        this.policies = policies;
        this.roomy = roomy;
    }

    /**
     * Makes a deployment.
     *
     * @param resolution the versions its variants stand for now
     * @param before the deployment as it serves now, or null
     */
    Deployment assemble(DeploymentSpec spec, Resolution resolution, @Nullable Deployment before) {
        Fitness fitness = new Fitness(spec, resolution, before, loaded, listing, policies);
        TrafficSplit wanted = fitness.split();
        VersionRef primary = fitness.primary();
        if (wanted == null || primary == null) {
            return new Deployment(spec, null, null, Map.of(), Map.of(), null, null, resolution.problem());
        }
        TrafficSplit split = withPrimary(primary, wanted);
        if (before != null) {
            split = withStandbys(before.variants(), split, fitness);
        }
        boolean asAsked = resolution.split() != null
                && primary.equals(resolution.split().primary().version())
                && fitness.isUsable(primary);
        VersionRef withdrawn = asAsked ? null : Resolution.withdrawn(listing, before);
        return new Deployment(
                spec,
                split,
                fitness.promise(),
                lanes(spec, split, fitness, before),
                leftOut(split, fitness),
                previous(primary, before),
                withdrawn,
                problem(resolution, primary, withdrawn, fitness));
    }

    /** Returns the split with another primary, if it has another. */
    private static TrafficSplit withPrimary(VersionRef primary, TrafficSplit wanted) {
        if (primary.equals(wanted.primary().version())) {
            return wanted;
        }
        List<Variant> variants = new ArrayList<>();
        variants.add(new Variant(wanted.primary().name(), primary, VariantRole.PRIMARY));
        wanted.variants().stream()
                .filter(variant -> variant.role() != VariantRole.PRIMARY)
                .filter(variant -> !variant.version().equals(primary))
                .forEach(variants::add);
        return new TrafficSplit(variants, wanted.assignment());
    }

    /** Returns the split with the standbys that answer now, as long as those that should are being loaded. */
    private TrafficSplit withStandbys(List<Variant> before, TrafficSplit wanted, Fitness fitness) {
        Set<VersionRef> taken = wanted.variants().stream().map(Variant::version).collect(Collectors.toSet());
        return new TrafficSplit(
                wanted.variants().stream()
                        .map(variant -> variant.role() == VariantRole.PRIMARY
                                        || !isUndecided(variant.version(), fitness)
                                ? variant
                                : before.stream()
                                        .filter(old -> old.name().equals(variant.name()))
                                        .filter(old -> fitness.isUsable(old.version()) && taken.add(old.version()))
                                        .findFirst()
                                        .orElse(variant))
                        .toList(),
                wanted.assignment());
    }

    /** Says whether a version is being loaded or compared, so that nobody knows yet whether it can serve. */
    private boolean isUndecided(VersionRef ref, Fitness fitness) {
        return loaded.containsKey(ref) ? Verdicts.OPEN.equals(fitness.obstacle(ref)) : loading.contains(ref);
    }

    private Map<VersionRef, Lane> lanes(
            DeploymentSpec spec, TrafficSplit split, Fitness fitness, @Nullable Deployment before) {
        Map<VersionRef, Lane> lanes = new HashMap<>();
        // A lane is as wide as it was made; what waits in one that is replaced is still answered.
        boolean alike = before != null
                && before.spec().concurrency().equals(spec.concurrency())
                && before.spec().queue() == spec.queue();
        for (Variant variant : split.variants()) {
            Servable servable = loaded.get(variant.version());
            if (servable == null || !fitness.isUsable(variant.version())) {
                continue;
            }
            Lane present = before == null ? null : before.lane(variant);
            boolean same = alike && present != null && present.servable() == servable;
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

    private static Map<VersionRef, String> leftOut(TrafficSplit split, Fitness fitness) {
        Map<VersionRef, String> leftOut = new HashMap<>();
        for (Variant variant : split.variants()) {
            String obstacle = fitness.obstacle(variant.version());
            if (!obstacle.isEmpty()) {
                leftOut.put(variant.version(), obstacle);
            }
        }
        return leftOut;
    }

    /**
     * Returns the version to go back to: the primary that served until now, or the one before it; none while a version
     * that is wanted lacks the room.
     */
    private @Nullable VersionRef previous(VersionRef now, @Nullable Deployment before) {
        if (before == null || !roomy) {
            return null;
        }
        VersionRef serving = before.serving();
        VersionRef previous = serving == null || serving.equals(now) || listing.revocation(serving) != null
                ? before.previous()
                : serving;
        return previous == null || previous.equals(now) || listing.revocation(previous) != null ? null : previous;
    }

    private @Nullable String problem(
            Resolution resolution, VersionRef primary, @Nullable VersionRef withdrawn, Fitness fitness) {
        List<String> problems = new ArrayList<>();
        TrafficSplit asked = resolution.split();
        VersionRef wanted = asked == null ? null : asked.primary().version();
        boolean revoked = wanted != null && listing.revocation(wanted) != null;
        if (wanted != null && !revoked) { // the resolution says who is revoked
            String obstacle = obstacle(wanted, fitness);
            if (obstacle != null) {
                problems.add(obstacle);
            }
        }
        if (resolution.problem() != null) {
            problems.add(resolution.problem());
        }
        Revocation revocation = withdrawn == null ? null : listing.revocation(withdrawn);
        if (revocation != null
                && (asked == null
                        || asked.variants().stream()
                                .noneMatch(variant -> variant.version().equals(withdrawn)))) {
            problems.add("version " + withdrawn + " is revoked: " + revocation.reason());
        }
        if ((revoked || withdrawn != null) && !primary.equals(wanted) && fitness.isUsable(primary)) {
            problems.add("version " + primary + " stands in for it");
        }
        return problems.isEmpty() ? null : String.join("; ", problems);
    }

    private @Nullable String obstacle(VersionRef wanted, Fitness fitness) {
        if (!fitness.isLoaded(wanted)) {
            return "version " + wanted + (loading.contains(wanted) ? " is being loaded" : " is not loaded");
        }
        if (!fitness.isLikePromised(wanted)) {
            return "version " + wanted + " has another signature than the deployment promises";
        }
        String obstacle = fitness.obstacle(wanted);
        return obstacle.isEmpty() ? null : "version " + wanted + " is left out: " + obstacle;
    }
}
