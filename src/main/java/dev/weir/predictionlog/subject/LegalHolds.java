package dev.weir.predictionlog.subject;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import com.github.f4b6a3.uuid.alt.GUID;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.predictionlog.RetentionHold;
import dev.weir.predictionlog.local.SegmentKeeper;
import dev.weir.store.StateStore;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The holds, in the state store; those that were released stay there as evidence. Thread-safe; waits for the disk. */
@Singleton
public class LegalHolds implements SegmentKeeper, RetentionHold {

    private static final String NAMESPACE = "legal-hold";
    private static final ObjectMapper JSON = new ObjectMapper()
            .registerModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private final StateStore store;
    private final InstantSource clock;

    /** Held while a hold is placed, and while something is done that holds forbid. */
    private final Object placing = new Object();

    /** Uses a store. */
    @Inject
    public LegalHolds(StateStore store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * Places a hold; it holds when this returns. Waits for an erasure that was decided on before.
     *
     * @param subjectKeys every key of a subject, or empty
     * @throws RequestRejected when it covers nothing in particular, or its end is before its beginning
     */
    public LegalHold place(
            List<String> subjectKeys,
            @Nullable String deployment,
            @Nullable Instant from,
            @Nullable Instant to,
            String reason,
            String actor) {
        if (subjectKeys.isEmpty() && deployment == null && from == null && to == null) {
            throw new RequestRejected(
                    FailureCode.MISSING_FIELD, "a hold names a subject, a deployment, or a time", "subject");
        }
        if (from != null && to != null && !from.isBefore(to)) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, "a hold must begin before it ends", "to");
        }
        synchronized (placing) {
            LegalHold hold = new LegalHold(
                    GUID.v7().toString(), subjectKeys, deployment, from, to, reason, actor, clock.instant(), null);
            write(hold, StateStore.ABSENT);
            return hold;
        }
    }

    /**
     * Does what no hold forbids, while none is placed: one that is placed meanwhile holds from when that is done.
     *
     * @param known the ids of the holds that don't forbid it
     * @param deed what to do; not done when there are other holds
     * @return the active holds of other ids; empty when it was done
     */
    List<LegalHold> unlessThereAreOthers(Set<String> known, Runnable deed) {
        synchronized (placing) {
            List<LegalHold> others =
                    active().stream().filter(each -> !known.contains(each.id())).toList();
            if (others.isEmpty()) {
                deed.run();
            }
            return others;
        }
    }

    /**
     * Ends a hold; that of one that was released before stays as it was.
     *
     * @throws RequestRejected with {@code NOT_FOUND} when there is none of this name
     */
    public LegalHold release(String id, String reason, String actor) {
        StateStore.Entry entry = store.get(NAMESPACE, id);
        if (entry == null) {
            throw new RequestRejected(FailureCode.NOT_FOUND, "there is no hold of this id", "id");
        }
        LegalHold hold = read(entry);
        if (!hold.isActive()) {
            return hold;
        }
        LegalHold released = new LegalHold(
                hold.id(),
                hold.subjectKeys(),
                hold.deployment(),
                hold.from(),
                hold.to(),
                hold.reason(),
                hold.placedBy(),
                hold.placedAt(),
                new LegalHold.Release(reason, actor, clock.instant()));
        write(released, entry.revision());
        return released;
    }

    /** Returns every hold there ever was, the oldest first. */
    public List<LegalHold> all() {
        return store.list(NAMESPACE).stream()
                .map(LegalHolds::read)
                .sorted(Comparator.comparing(LegalHold::placedAt).thenComparing(LegalHold::id))
                .toList();
    }

    /** Returns the holds that hold. */
    List<LegalHold> active() {
        return all().stream().filter(LegalHold::isActive).toList();
    }

    /**
     * Any hold that may cover an entry of a segment keeps all of it: segments are kept or deleted as a whole, and do not say
     * whom they are about.
     */
    @Override
    public boolean mayGo(Expired segment) {
        Instant oldest = Instant.ofEpochMilli(segment.oldestMillis());
        Instant newest = Instant.ofEpochMilli(segment.newestMillis());
        return active().stream()
                .noneMatch(each -> each.covers(oldest, newest)
                        && (each.deployment() == null || segment.deployments().contains(each.deployment())));
    }

    @Override
    public boolean holds(Instant from, Instant to) {
        return active().stream().anyMatch(each -> each.covers(from, to));
    }

    private void write(LegalHold hold, long expected) {
        try {
            store.put(NAMESPACE, hold.id(), JSON.writeValueAsString(hold), expected);
        } catch (StateStore.StaleRevision e) {
            throw new RequestRejected(FailureCode.CONFLICT, "somebody else changed this hold first", "id");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a hold can't be written", e);
        }
    }

    private static LegalHold read(StateStore.Entry entry) {
        try {
            return JSON.readValue(entry.value(), LegalHold.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a hold in the state store can't be read", e);
        }
    }
}
