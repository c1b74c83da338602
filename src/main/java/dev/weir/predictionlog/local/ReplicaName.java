package dev.weir.predictionlog.local;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.store.StateStore;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The name of this replica: a random one, which it keeps over its starts. */
final class ReplicaName {

    private static final String NAMESPACE = "replica";
    private static final String KEY = "name";

    private ReplicaName() {}

    /**
     * Returns the name, made if there was none.
     *
     * @param author who wrote the log that is there; null when there is none
     * @throws ConfigurationRejected when the log is that of another replica, or the store can't be used
     */
    static String of(StateStore store, @Nullable String author) {
        try {
            StateStore.Entry kept = store.get(NAMESPACE, KEY);
            if (kept == null) {
                return keep(store, author == null ? UUID.randomUUID().toString() : author);
            }
            if (author != null && !author.equals(kept.value())) {
                throw new ConfigurationRejected(List.of("weir.predictions.directory: the log there is that of another"
                        + " replica (" + author + "; this one is " + kept.value() + "); each needs a directory of its"
                        + " own"));
            }
            return kept.value();
        } catch (IllegalStateException e) {
            throw new ConfigurationRejected(
                    List.of("weir.state.directory: the state database there can't be read or written"), e);
        }
    }

    private static String keep(StateStore store, String name) {
        try {
            return store.put(NAMESPACE, KEY, name, StateStore.ABSENT).value();
        } catch (StateStore.StaleRevision e) {
            StateStore.Entry other = store.get(NAMESPACE, KEY);
            return other == null ? name : other.value();
        }
    }
}
