package dev.weir.servable;

import dev.weir.inference.VersionRef;
import jakarta.inject.Singleton;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The state of every version this process ever tried to load; what health and listings answer from. */
@Singleton
public class ServableBoard {

    private final ConcurrentHashMap<VersionRef, ServableState> states = new ConcurrentHashMap<>();

    /** Notes a version's new state. */
    public void set(VersionRef ref, ServableState state) {
        states.put(ref, state);
    }

    /** Returns a version's state, or null when it was never asked for. */
    public @Nullable ServableState get(VersionRef ref) {
        return states.get(ref);
    }

    /** Returns all states, by model and version. */
    public Map<VersionRef, ServableState> all() {
        Map<VersionRef, ServableState> sorted =
                new TreeMap<>(Comparator.comparing(VersionRef::model).thenComparing(VersionRef::version));
        sorted.putAll(states);
        return sorted;
    }
}
