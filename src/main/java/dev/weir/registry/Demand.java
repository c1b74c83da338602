package dev.weir.registry;

import dev.weir.inference.ModelSignature;
import dev.weir.inference.VersionRef;
import java.util.Map;

/**
 * A version that somebody wants to serve.
 *
 * @param ref the version
 * @param promises by deployment, the signatures promised to callers, of which it must have one; empty when anybody who
 *     wants it has promised nothing yet
 */
public record Demand(VersionRef ref, Map<String, ModelSignature> promises) {

    /** Copies the map. */
    public Demand {
        promises = Map.copyOf(promises);
    }

    /** Says whether any of those who want the version can use one with this signature. */
    boolean keepsOne(ModelSignature signature) {
        return promises.isEmpty() || promises.containsValue(signature);
    }
}
