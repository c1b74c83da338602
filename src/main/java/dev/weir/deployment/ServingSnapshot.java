package dev.weir.deployment;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Everything that serves, at one moment; immutable, swapped as a whole.
 *
 * @param deployments every deployment by name, sorted
 * @param digest the digest of the files it was made from; null before the first was applied
 * @param allowsNone whether it counts as ready without any deployment
 */
public record ServingSnapshot(
        Map<String, Deployment> deployments, @Nullable String digest, boolean allowsNone) {

    /** Nothing applied yet. */
    public static final ServingSnapshot NONE = new ServingSnapshot(Map.of(), null, false);

    /** Copies the map. */
    public ServingSnapshot {
        deployments = Collections.unmodifiableMap(new TreeMap<>(deployments));
    }

    /** Returns the deployment of this name, or null. */
    public @Nullable Deployment deployment(String name) {
        return deployments.get(name);
    }

    /** Says whether a configuration is applied that has something to serve, and every required deployment can serve. */
    public boolean isReady() {
        return digest != null
                && (allowsNone || !deployments.isEmpty())
                && deployments.values().stream()
                        .allMatch(deployment ->
                                deployment.isReady() || !deployment.spec().required());
    }
}
