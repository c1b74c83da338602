package dev.weir.store;

import dev.weir.failure.ConfigurationRejected;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.InstantSource;
import java.util.List;

/**
 * The number of this start of this replica, higher than any before, whatever ended those. What is counted per incarnation
 * adds up even when a process dies without saying goodbye, and what others remember of a replica's starts, such as how much
 * of its log a database has, is never taken for what a later start does.
 *
 * <p>It is the time of the start in seconds since 1970, or one more than the last number if that is higher: so a replica that
 * loses its state database, or gets an old copy of it back, does not count anew.
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
    public ReplicaIncarnation(StateStore store, InstantSource clock) {
        try {
            number = next(store, clock.instant().getEpochSecond());
        } catch (IllegalStateException | NumberFormatException e) {
            throw new ConfigurationRejected(
                    List.of("weir.state.directory: the state database there can't be read or written"), e);
        }
    }

    private static long next(StateStore store, long seconds) {
        for (; ; ) {
            StateStore.Entry last = store.get(NAMESPACE, KEY);
            long next = last == null ? seconds : Math.max(seconds, Long.parseLong(last.value()) + 1);
            try {
                store.put(NAMESPACE, KEY, Long.toString(next), last == null ? StateStore.ABSENT : last.revision());
                return next;
            } catch (StateStore.StaleRevision e) {
                // another process took this number; take the next one
            }
        }
    }

    /** Returns the number. */
    public long number() {
        return number;
    }
}
