package dev.weir.deployment;

import dev.weir.inference.ModelSignature;
import dev.weir.inference.Ticker;
import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import dev.weir.routing.TrafficSplit;
import dev.weir.routing.Variant;
import dev.weir.servable.ComputePool;
import dev.weir.servable.Lane;
import dev.weir.servable.Servable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes a deployment of the next snapshot out of what its file says, what the registry says, what is loaded, and what
 * serves now. What serves is left alone until what should serve instead is loaded and keeps the promise.
 */
final class Assembly {

    private final ComputePool compute;
    private final Ticker ticker;
    private final Map<VersionRef, Servable> loaded;

    Assembly(ComputePool compute, Ticker ticker, Map<VersionRef, Servable> loaded) {
        this.compute = compute;
        this.ticker = ticker;
        this.loaded = loaded;
    }

    /**
     * Makes a deployment.
     *
     * @param resolution the versions its variants stand for now
     * @param before the deployment as it serves now, or null
     */
    Deployment assemble(DeploymentSpec spec, Resolution resolution, @Nullable Deployment before) {
        TrafficSplit wanted = resolution.split();
        Deployment serving = before != null && before.isReady() ? before : null;
        if (wanted == null) {
            return before == null
                    ? new Deployment(spec, null, null, Map.of(), Map.of(), null, resolution.problem())
                    : new Deployment(
                            spec,
                            before.split(),
                            before.promise(),
                            before.lanes(),
                            before.leftOut(),
                            before.previous(),
                            resolution.problem());
        }
        ModelSignature promise = serving == null ? promise(wanted) : serving.promise();
        Variant stays = serving == null || keeps(wanted.primary(), promise) ? null : serving.primary();
        TrafficSplit split = stays == null ? wanted : withPrimary(stays, wanted);
        return new Deployment(
                spec,
                split,
                promise,
                lanes(spec, split, promise, before),
                leftOut(split, promise),
                previous(split, before),
                problem(resolution, wanted.primary().version(), promise));
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

    private @Nullable String problem(Resolution resolution, VersionRef primary, @Nullable ModelSignature promise) {
        Servable servable = loaded.get(primary);
        String problem = null;
        if (servable == null) {
            problem = "version " + primary + " is not loaded";
        } else if (!servable.signature().equals(promise)) {
            problem = "version " + primary + " has another signature than the deployment promises";
        }
        if (problem == null || resolution.problem() == null) {
            return problem == null ? resolution.problem() : problem;
        }
        return problem + "; " + resolution.problem();
    }

    /** Returns the primary's signature, or a standby's as long as the primary is not loaded. */
    private @Nullable ModelSignature promise(TrafficSplit split) {
        Servable primary = loaded.get(split.primary().version());
        if (primary != null) {
            return primary.signature();
        }
        for (Variant variant : split.variants()) {
            Servable servable = loaded.get(variant.version());
            if (servable != null) {
                return servable.signature();
            }
        }
        return null;
    }

    private boolean keeps(Variant variant, @Nullable ModelSignature promise) {
        Servable servable = loaded.get(variant.version());
        return servable != null && servable.signature().equals(promise);
    }

    private Map<VersionRef, Lane> lanes(
            DeploymentSpec spec, TrafficSplit split, @Nullable ModelSignature promise, @Nullable Deployment before) {
        Map<VersionRef, Lane> lanes = new HashMap<>();
        for (Variant variant : split.variants()) {
            Servable servable = loaded.get(variant.version());
            if (servable == null || !keeps(variant, promise)) {
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
    private static @Nullable VersionRef previous(TrafficSplit wanted, @Nullable Deployment before) {
        if (before == null) {
            return null;
        }
        Variant primary = before.primary();
        if (primary == null || !before.isReady()) {
            return before.previous();
        }
        return primary.version().equals(wanted.primary().version()) ? before.previous() : primary.version();
    }

    private Map<VersionRef, String> leftOut(TrafficSplit split, @Nullable ModelSignature promise) {
        Map<VersionRef, String> leftOut = new HashMap<>();
        for (Variant variant : split.variants()) {
            Servable servable = loaded.get(variant.version());
            if (servable != null && !servable.signature().equals(promise)) {
                leftOut.put(variant.version(), "its signature differs from the deployment's promise");
            }
        }
        return leftOut;
    }
}
