package dev.weir.servable;

import dev.weir.inference.VersionRef;
import jakarta.inject.Singleton;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The state of every version that this process tried to load and that is still of interest; what health and listings
 * answer from. Thread-safe.
 */
@Singleton
public class ServableBoard {

    private final ConcurrentHashMap<VersionRef, ServableState> states = new ConcurrentHashMap<>();

    /** Notes a version's new state. */
    public void set(VersionRef ref, ServableState state) {
        states.put(ref, state);
    }

    /** Returns a version's state, or null when it was never asked for or is forgotten. */
    public @Nullable ServableState get(VersionRef ref) {
        return states.get(ref);
    }

    /**
     * Forgets versions. One that holds memory, or is about to, stays all the same.
     *
     * @param interesting says of which versions to keep the state even if nothing of them is loaded
     */
    public void keep(Predicate<VersionRef> interesting) {
        states.entrySet().removeIf(each -> isOver(each.getValue()) && !interesting.test(each.getKey()));
    }

    private static boolean isOver(ServableState state) {
        return switch (state) {
            case ServableState.Loading l -> false;
            case ServableState.Available a -> false;
            case ServableState.Draining d -> false;
            case ServableState.Unloaded u -> true;
            case ServableState.Failed f -> true;
        };
    }

    /** Returns how many versions stand there. */
    long count(String word) {
        return states.values().stream()
                .filter(state -> state.word().equals(word))
                .count();
    }

    /** Returns all states, by model and version. */
    public Map<VersionRef, ServableState> all() {
        Map<VersionRef, ServableState> sorted =
                new TreeMap<>(Comparator.comparing(VersionRef::model).thenComparing(VersionRef::version));
        sorted.putAll(states);
        return sorted;
    }
}
