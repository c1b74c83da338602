package dev.weir.deployment;

import dev.weir.inference.ModelSignature;
import dev.weir.inference.TextRule;
import dev.weir.inference.VersionRef;
import dev.weir.routing.Variant;
import dev.weir.servable.Lane;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A deployment within one snapshot: what its file says, what it promises, and the lanes to those of its versions that
 * are loaded.
 *
 * @param spec what its file says
 * @param promise the signature callers may rely on; null as long as no version of it could be read
 * @param lanes the way to each version that is loaded and keeps the promise
 * @param leftOut why a version that could be loaded has no lane all the same, for an operator
 */
public record Deployment(
        DeploymentSpec spec,
        @Nullable ModelSignature promise,
        Map<VersionRef, Lane> lanes,
        Map<VersionRef, String> leftOut) {

    /** Copies the maps. */
    public Deployment {
        lanes = Map.copyOf(lanes);
        leftOut = Map.copyOf(leftOut);
    }

    /** Returns the name. */
    public String name() {
        return spec.name();
    }

    /** Returns the way to a variant's version, or null when it can't be called. */
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

    /** Says whether the primary can serve. */
    public boolean isReady() {
        return lanes.containsKey(spec.split().primary().version());
    }
}
