package dev.weir.deployment;

import dev.weir.inference.ModelSignature;
import dev.weir.inference.TextRule;
import dev.weir.inference.VersionRef;
import dev.weir.routing.Assignment;
import dev.weir.routing.Route;
import dev.weir.routing.Share;
import dev.weir.routing.TrafficSplit;
import dev.weir.routing.Variant;
import dev.weir.servable.ArtifactDigests;
import dev.weir.servable.Lane;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A deployment within one snapshot: what its file says, which versions that means now, what it promises, and the lanes
 * to those of its versions that are loaded.
 *
 * @param spec what its file says
 * @param split the versions that serve; null as long as its alias never stood for one
 * @param promise the signature callers may rely on; null as long as no version of it could be read
 * @param lanes the way to each version that is loaded and keeps the promise
 * @param leftOut why a version that could be loaded has no lane all the same, for an operator
 * @param previous the primary before this one, which stays loaded for an instant return; null when there was none
 * @param withdrawn the version that served and was revoked, as long as the one its file asks for can't serve; null when
 *     that is not so
 * @param problem why it does not serve what its file and the registry say now; null when it does
 */
public record Deployment(
        DeploymentSpec spec,
        @Nullable TrafficSplit split,
        @Nullable ModelSignature promise,
        Map<VersionRef, Lane> lanes,
        Map<VersionRef, String> leftOut,
        @Nullable VersionRef previous,
        @Nullable VersionRef withdrawn,
        @Nullable String problem) {

    /** Copies the maps. */
    public Deployment {
        lanes = Map.copyOf(lanes);
        leftOut = Map.copyOf(leftOut);
    }

    /** Returns the name. */
    public String name() {
        return spec.name();
    }

    /** Returns the variants whose versions are known. */
    public List<Variant> variants() {
        return split == null ? List.of() : split.variants();
    }

    /** Returns the variant that answers a request that asks for nothing special, or null when there is none yet. */
    public @Nullable Variant primary() {
        return split == null ? null : split.primary();
    }

    /** Returns the route of a request that asks for nothing special, or null when there is none yet. */
    public @Nullable Route route() {
        return split == null ? null : split.route();
    }

    /** Returns the route of a request with a key, or null when there is none yet. */
    public @Nullable Route route(byte[] key) {
        return split == null ? null : split.route(key);
    }

    /**
     * Returns the epoch: the digest of the traffic as it falls now, shares and versions. It is another one as soon as any of
     * them is. Null as long as there is none.
     */
    public @Nullable String epoch() {
        if (split == null) {
            return null;
        }
        StringBuilder text = new StringBuilder(split.assignment().salt());
        split.variants().forEach(variant -> text.append('\n')
                .append(variant.role().word())
                .append(' ')
                .append(variant.name())
                .append(' ')
                .append(variant.version()));
        text.append('\n')
                .append(split.assignment().canary())
                .append(split.assignment().arms());
        return "sha256:" + ArtifactDigests.sha256(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Returns a variant's share: of all for a canary, of what that leaves for the primary and the arms. */
    public Share share(Variant variant) {
        if (split == null) {
            return Share.NONE;
        }
        Assignment.Arm canary = split.assignment().canary();
        return Stream.concat(Stream.ofNullable(canary), split.assignment().arms().stream())
                .filter(arm -> arm.variant().equals(variant.name()))
                .map(Assignment.Arm::share)
                .findFirst()
                .orElse(Share.NONE);
    }

    /** Says whether a key decides who answers. */
    public boolean isDivided() {
        return split != null && split.isDivided();
    }

    /** Returns the route of a request pinned to a version, or null when no variant has it. */
    public @Nullable Route pin(String version) {
        return split == null ? null : split.pin(version);
    }

    /** Returns the way to a variant's version, or null when it is not loaded. */
    public @Nullable Lane lane(Variant variant) {
        return lanes.get(variant.version());
    }

    /** Returns which texts every version that may get a request takes. */
    public TextRule textRule() {
        TextRule rule = TextRule.ANY;
        for (Lane lane : lanes.values()) {
            rule = rule.and(lane.servable().textRule());
        }
        return rule;
    }

    /** Returns the way to the primary's version, or null when it is not loaded. */
    public @Nullable Lane primaryLane() {
        Variant primary = primary();
        return primary == null ? null : lane(primary);
    }

    /** Says whether the primary can serve. */
    public boolean isReady() {
        return primaryLane() != null;
    }

    /** Returns the primary's version if it can serve, or null. */
    public @Nullable VersionRef serving() {
        Variant primary = isReady() ? primary() : null;
        return primary == null ? null : primary.version();
    }
}
