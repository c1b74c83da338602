package dev.weir.store;

import dev.weir.failure.ConfigurationRejected;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;

/**
 * The number of this start of this replica: one more than the last, whatever ended that one. What is counted per
 * incarnation adds up even when a process dies without saying goodbye.
 */
@ApplicationScoped
@Startup
public class ReplicaIncarnation {

    private static final String NAMESPACE = "replica";
    private static final String KEY = "incarnation";

    private final long number;

    /**
     * Takes the next number and remembers it.
     *
     * @throws ConfigurationRejected when the store can't be read or written
     */
    @Inject
    public ReplicaIncarnation(StateStore store) {
        try {
            number = next(store);
        } catch (IllegalStateException | NumberFormatException e) {
            throw new ConfigurationRejected(
                    List.of("weir.state.directory: the state database there can't be read or written"), e);
        }
    }

    private static long next(StateStore store) {
        for (; ; ) {
            StateStore.Entry last = store.get(NAMESPACE, KEY);
            long next = last == null ? 1 : Long.parseLong(last.value()) + 1;
            try {
                store.put(NAMESPACE, KEY, Long.toString(next), last == null ? StateStore.ABSENT : last.revision());
                return next;
            } catch (StateStore.StaleRevision e) {
                // another process took this number; take the next one
            }
        }
    }

    /** Returns the number, 1 for the first start. */
    public long number() {
        return number;
    }
}
