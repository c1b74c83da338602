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
 * @param lanes the way to each loaded version
 */
public record Deployment(DeploymentSpec spec, @Nullable ModelSignature promise, Map<VersionRef, Lane> lanes) {

    /** Copies the map. */
    public Deployment {
        lanes = Map.copyOf(lanes);
    }

    /** Returns the name. */
    public String name() {
        return spec.name();
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

    /** Says whether the primary can serve. */
    public boolean isReady() {
        return lanes.containsKey(spec.split().primary().version());
    }
}
