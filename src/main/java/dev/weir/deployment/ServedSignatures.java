package dev.weir.deployment;

import dev.weir.inference.ModelSignature;
import dev.weir.registry.SignatureJson;
import dev.weir.servable.Lane;
import dev.weir.servable.ModelArtifact;
import dev.weir.store.StateStore;
import dev.weir.telemetry.Log;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The signatures of versions that served, by the digest of their manifest, in the state store: records outlive the time that
 * their version serves, and whoever reads them later wants to know what their tensors mean. The registry may hold other bytes
 * under the version's name by then, or none, or be down.
 *
 * <p>There are as many places as versions are remembered, because the store forgets nothing; a new version takes the place
 * that was written longest ago. That of a version which stops serving is written anew, so that it counts from then on.
 * Thread-safe; blocks while the store is read or written.
 */
@Singleton
class ServedSignatures {

    /** How many versions are remembered. */
    static final int MOST = 256;

    /** The longest signature that is; a manifest may have longer ones. */
    static final int LONGEST = 256 << 10;

    private static final String NAMESPACE = "served_signatures";
    private static final String SEPARATOR = "\n";
    private static final Log LOG = Log.of(ServedSignatures.class);

    /**
     * Where a signature is.
     *
     * @param key the entry
     * @param revision when it was written, in the order of the store
     */
    private record Place(String key, long revision) {}

    private final StateStore store;

    /** By digest; null until it was read. Guarded by this, as all below. */
    private @Nullable Map<String, Place> places;

    private Set<String> serving = Set.of();

    @Inject
    ServedSignatures(StateStore store) {
        this.store = store;
    }

    /** Remembers every version that serves. What can't be written now is tried again with the next snapshot. */
    synchronized void note(ServingSnapshot snapshot) {
        Map<String, ModelSignature> now = signatures(snapshot);
        try {
            Map<String, Place> known = places();
            for (String digest : serving) {
                Place left = known.get(digest);
                if (!now.containsKey(digest) && left != null) {
                    StateStore.Entry entry = store.get(NAMESPACE, left.key());
                    if (entry != null) {
                        put(known, digest, entry.value(), left);
                    }
                }
            }
            for (Map.Entry<String, ModelSignature> each : now.entrySet()) {
                if (!known.containsKey(each.getKey())) {
                    add(known, each.getKey(), SignatureJson.write(each.getValue()), now.keySet());
                }
            }
            serving = Set.copyOf(now.keySet());
        } catch (IllegalStateException | StateStore.StaleRevision e) {
            places = null;
            LOG.warn("signatures of versions that serve can't be kept").cause(e).write();
        }
    }

    private static Map<String, ModelSignature> signatures(ServingSnapshot snapshot) {
        Map<String, ModelSignature> signatures = new HashMap<>();
        for (Deployment deployment : snapshot.deployments().values()) {
            for (Lane lane : deployment.lanes().values()) {
                ModelArtifact artifact = lane.servable().artifact();
                signatures.put(artifact.digest(), artifact.manifest().signature());
            }
        }
        return signatures;
    }

    private Map<String, Place> places() {
        Map<String, Place> known = places;
        if (known == null) {
            known = new HashMap<>();
            for (StateStore.Entry entry : store.list(NAMESPACE)) {
                String digest = digest(entry.value());
                // What is damaged keeps its place under a name that no digest has, until it is the oldest.
                known.put(digest.isEmpty() ? entry.key() : digest, new Place(entry.key(), entry.revision()));
            }
            places = known;
        }
        return known;
    }

    private static String digest(String value) {
        return value.substring(0, Math.max(0, value.indexOf(SEPARATOR)));
    }

    private void add(Map<String, Place> known, String digest, String signature, Set<String> now)
            throws StateStore.StaleRevision {
        if (signature.length() > LONGEST) {
            return;
        }
        Place place = free(known);
        if (place == null) {
            String oldest = oldest(known, now);
            place = known.remove(oldest);
        }
        if (place != null) {
            put(known, digest, digest + SEPARATOR + signature, place);
        }
    }

    private static @Nullable Place free(Map<String, Place> known) {
        if (known.size() >= MOST) {
            return null;
        }
        Set<String> taken = new HashSet<>();
        known.values().forEach(place -> taken.add(place.key()));
        int number = 0;
        while (taken.contains(Integer.toString(number))) {
            number++;
        }
        return new Place(Integer.toString(number), StateStore.ABSENT);
    }

    /** What serves comes last: while it does, it is known anyway, but it may stop at any time. */
    private static String oldest(Map<String, Place> known, Set<String> now) {
        return known.entrySet().stream()
                .min(Comparator.<Map.Entry<String, Place>>comparingInt(each -> now.contains(each.getKey()) ? 1 : 0)
                        .thenComparingLong(each -> each.getValue().revision()))
                .orElseThrow()
                .getKey();
    }

    private void put(Map<String, Place> known, String digest, String value, Place place)
            throws StateStore.StaleRevision {
        StateStore.Entry entry = store.put(NAMESPACE, place.key(), value, place.revision());
        known.put(digest, new Place(place.key(), entry.revision()));
    }

    /** Returns the signature of a version that served, or null when it is not remembered, or can't be read. */
    synchronized @Nullable ModelSignature of(String digest) {
        try {
            Place place = places().get(digest);
            StateStore.Entry entry = place == null ? null : store.get(NAMESPACE, place.key());
            return entry == null || !digest(entry.value()).equals(digest)
                    ? null
                    : SignatureJson.parse(entry.value().substring(digest.length() + SEPARATOR.length()));
        } catch (IllegalStateException | IOException e) {
            LOG.warn("the signature of a version that served can't be read")
                    .cause(e)
                    .write();
            return null;
        }
    }
}
