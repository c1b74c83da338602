package dev.weir.registry;

import dev.weir.inference.ModelSignature;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ModelManifest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A version that somebody wants to serve.
 *
 * @param ref the version
 * @param terms by deployment, what it must be like; it must suit one of them, if there are any
 * @param circumstances what else the terms depend on but the version's own files, such as what an alias stands for; when
 *     this changes, a version that was refused may be tried again
 */
public record Demand(VersionRef ref, Map<String, Terms> terms, String circumstances) {

    /**
     * What a deployment asks of a version.
     *
     * @param promise the signature promised to its callers; null when it has promised nothing yet
     * @param policy what it demands of the manifest
     */
    public record Terms(@Nullable ModelSignature promise, Condition policy) {}

    /** Decides by a manifest. */
    @FunctionalInterface
    public interface Condition {

        /**
         * Says why a version may not serve, or null when it may. May read the registry.
         *
         * @throws dev.weir.failure.RegistryUnavailable when that can't be decided now
         */
        @Nullable
        String refusal(ModelManifest manifest);
    }

    /** Copies the map. */
    public Demand {
        terms = Map.copyOf(terms);
    }

    /** Says why none of those who want the version can use one with this manifest, or null when somebody can. */
    @Nullable
    String refusal(ModelManifest manifest) {
        SortedSet<String> promised = new TreeSet<>();
        SortedMap<String, SortedSet<String>> demanded = new TreeMap<>();
        for (Map.Entry<String, Terms> each : terms.entrySet()) {
            ModelSignature promise = each.getValue().promise();
            if (promise != null && !promise.equals(manifest.signature())) {
                promised.add(each.getKey());
                continue;
            }
            String unmet = each.getValue().policy().refusal(manifest);
            if (unmet == null) {
                return null;
            }
            demanded.computeIfAbsent(unmet, why -> new TreeSet<>()).add(each.getKey());
        }
        List<String> reasons = new ArrayList<>();
        if (!promised.isEmpty()) {
            reasons.add("its signature differs from what deployment " + names(promised) + " promises its callers");
        }
        demanded.forEach((why, who) -> reasons.add("deployment " + names(who) + " does not take it: " + why));
        return reasons.isEmpty() ? null : String.join("; ", reasons);
    }

    private static String names(SortedSet<String> deployments) {
        return "'" + String.join("', '", deployments) + "'";
    }
}
