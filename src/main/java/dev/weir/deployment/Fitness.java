package dev.weir.deployment;

import dev.weir.inference.ModelSignature;
import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import dev.weir.registry.Listing;
import dev.weir.registry.Revocation;
import dev.weir.registry.metadata.Metadata;
import dev.weir.routing.TrafficSplit;
import dev.weir.routing.Variant;
import dev.weir.servable.Lane;
import dev.weir.servable.Servable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which versions one deployment can use at one moment, and which of them is its primary: what its file asks for, else
 * what serves, else the first of the stand-ins that can serve. So what stands in stays until what is asked for can serve,
 * whatever becomes of those that would have come before it. Not thread-safe.
 */
final class Fitness {

    private final DeploymentSpec spec;
    private final Resolution resolution;
    private final @Nullable Deployment before;
    private final @Nullable TrafficSplit split;
    private final Map<VersionRef, Servable> loaded;
    private final Listing listing;
    private final Policies policies;
    private final @Nullable ModelSignature promise;

    /** What keeps a version from being used, or an empty text. */
    private final Map<VersionRef, String> obstacles = new HashMap<>();

    /**
     * Weighs what is loaded.
     *
     * @param resolution the versions the deployment's variants stand for now
     * @param before the deployment as it serves now, or null
     */
    Fitness(
            DeploymentSpec spec,
            Resolution resolution,
            @Nullable Deployment before,
            Map<VersionRef, Servable> loaded,
            Listing listing,
            Policies policies) {
        this.spec = spec;
        this.resolution = resolution;
        this.before = before;
        this.split = split(spec, resolution, before);
        this.loaded = loaded;
        this.listing = listing;
        this.policies = policies;
        this.promise = promised();
    }

    /** An alias that is gone leaves in place what it stood for; on start-up, what is remembered of that. */
    private static @Nullable TrafficSplit split(
            DeploymentSpec spec, Resolution resolution, @Nullable Deployment before) {
        if (resolution.split() != null) {
            return resolution.split();
        }
        if (before != null && before.split() != null) {
            return before.split();
        }
        return resolution.standIns().isEmpty()
                ? null
                : TrafficSplit.toPrimary(List.of(new Variant(
                        spec.variants().getFirst().name(), resolution.standIns().getFirst(), VariantRole.PRIMARY)));
    }

    /** Returns the variants that are asked for, or were before the alias of the primary was gone; null for none. */
    @Nullable
    TrafficSplit split() {
        return split;
    }

    /** Returns the signature that callers may rely on, or null as long as nothing can be used. */
    @Nullable
    ModelSignature promise() {
        return promise;
    }

    /**
     * Returns what callers rely on; if nothing serves, what they relied on when something last did, or the signature of the
     * primary that is asked for; if that can't serve either, of what stands in for a revoked one, or of a standby.
     */
    private @Nullable ModelSignature promised() {
        if (before != null && before.isReady()) {
            return before.promise();
        }
        ModelSignature last = policies.promisedBefore(spec, listing, false);
        if (last != null) {
            return last;
        }
        if (split != null) {
            ModelSignature primary = usable(split.primary().version());
            if (primary != null) {
                return primary;
            }
        }
        if (before != null && before.withdrawn() != null && before.promise() != null) {
            return before.promise(); // nobody chose the stand-ins, so they have to be like what they stand in for
        }
        last = resolution.standIns().isEmpty() ? null : policies.promisedBefore(spec, listing, true);
        if (last != null) {
            return last;
        }
        for (VersionRef ref : resolution.standIns()) {
            ModelSignature standIn = usable(ref);
            if (standIn != null) {
                return standIn;
            }
        }
        for (Variant variant : split == null ? List.<Variant>of() : split.variants()) {
            ModelSignature standby = usable(variant.version());
            if (standby != null) {
                return standby;
            }
        }
        return null;
    }

    /** Returns a version's signature, if it could be used were the signature no matter. */
    private @Nullable ModelSignature usable(VersionRef ref) {
        Servable servable = loaded.get(ref);
        return servable == null || listing.revocation(ref) != null || (!isHeld(servable) && refusal(servable) != null)
                ? null
                : servable.signature();
    }

    /** Returns the version that shall be the primary, whether it can serve or not; null if there is none. */
    @Nullable
    VersionRef primary() {
        VersionRef wanted = split == null ? null : split.primary().version();
        if (wanted != null && isUsable(wanted)) {
            return wanted;
        }
        VersionRef serving = before == null ? null : before.serving();
        if (serving != null && isUsable(serving)) {
            return serving;
        }
        return resolution.standIns().stream().filter(this::isUsable).findFirst().orElse(wanted);
    }

    /** Says whether the deployment has a primary that can serve. */
    boolean hasPrimary() {
        VersionRef primary = primary();
        return primary != null && isUsable(primary);
    }

    boolean isUsable(VersionRef ref) {
        return loaded.containsKey(ref) && obstacle(ref).isEmpty();
    }

    boolean isLoaded(VersionRef ref) {
        return loaded.containsKey(ref);
    }

    /** Says whether a loaded version has the signature that is promised. */
    boolean isLikePromised(VersionRef ref) {
        Servable servable = loaded.get(ref);
        return promise == null || servable == null || servable.signature().equals(promise);
    }

    /** Returns why a version can't be used, whether it is loaded or not; an empty text when nothing speaks against it. */
    String obstacle(VersionRef ref) {
        String known = obstacles.get(ref);
        if (known == null) {
            known = weigh(ref);
            obstacles.put(ref, known);
        }
        return known;
    }

    private String weigh(VersionRef ref) {
        Revocation revocation = listing.revocation(ref);
        if (revocation != null) {
            return "it is revoked: " + revocation.reason();
        }
        Servable servable = loaded.get(ref);
        if (servable == null) {
            return "";
        }
        if (!isLikePromised(ref)) {
            return "its signature differs from the deployment's promise";
        }
        String refusal = isHeld(servable) ? null : refusal(servable);
        if (Verdicts.OPEN.equals(refusal)) {
            return Verdicts.OPEN;
        }
        return refusal == null ? "" : "it does not meet the policy: " + refusal;
    }

    /** Says whether the deployment took the version before; a policy is asked when it takes one, not ever again. */
    private boolean isHeld(Servable servable) {
        if (before == null) {
            return false;
        }
        Lane lane = before.lanes().get(servable.ref());
        return (lane != null && lane.servable() == servable) || servable.ref().equals(before.previous());
    }

    private @Nullable String refusal(Servable servable) {
        return policies.knownRefusal(
                spec,
                servable.ref(),
                Metadata.of(servable.artifact().manifest()),
                listing,
                resolution.standIns().contains(servable.ref()));
    }
}
