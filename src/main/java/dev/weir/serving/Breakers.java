package dev.weir.serving;

import dev.weir.deployment.Deployment;
import dev.weir.deployment.ServingSnapshot;
import dev.weir.inference.VersionRef;
import jakarta.inject.Singleton;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The breakers of the versions that are on trial in a deployment, as long as they are. Thread-safe. */
@Singleton
class Breakers {

    private record Key(String deployment, VersionRef version) {}

    private final Map<Key, Breaker> breakers = new ConcurrentHashMap<>();
    private volatile ServingSnapshot snapshot = ServingSnapshot.NONE;

    /** Returns the breaker of a version. */
    @SuppressWarnings(
            "ReferenceEquality") // snapshots are swapped as a whole, and comparing all of one costs too much here
    Breaker of(ServingSnapshot now, Deployment deployment, VersionRef version) {
        if (snapshot != now) { // a race prunes twice, which harms nobody
            snapshot = now;
            breakers.keySet().retainAll(keys(now));
        }
        return breakers.computeIfAbsent(new Key(deployment.name(), version), key -> new Breaker());
    }

    private static Set<Key> keys(ServingSnapshot snapshot) {
        Set<Key> keys = new HashSet<>();
        snapshot.deployments().values().forEach(deployment -> deployment
                .variants()
                .forEach(variant -> keys.add(new Key(deployment.name(), variant.version()))));
        return keys;
    }
}
