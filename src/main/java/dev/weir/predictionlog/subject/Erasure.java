package dev.weir.predictionlog.subject;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.predictionlog.LogReader;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.RecordQuery;
import dev.weir.predictionlog.StoredEntry;
import dev.weir.predictionlog.SubjectEraser;
import dev.weir.predictionlog.SubjectEraser.Evidence;
import dev.weir.predictionlog.Subjects;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Forgets subjects: destroys their keys, so that nobody reads a payload of theirs any more, asks every sink to do its part, and
 * says how far that got. Records stay, with all that is no payload. Thread-safe; one erasure at a time.
 */
@Singleton
public class Erasure {

    private static final Log LOG = Log.of(Erasure.class);
    private static final Pattern KEY = Pattern.compile("hmac:k[1-9][0-9]{0,8}:[A-Za-z0-9_-]{22,64}");
    private static final String LOCAL = "local log";
    private static final int PAGE = 1_000;

    /** Entries that are looked at to tell whether a hold on a deployment or a time covers a subject. */
    private static final int MOST_ENTRIES = 200_000;

    private final Subjects subjects;
    private final SubjectKeys keys;
    private final LegalHolds holds;
    private final @Nullable LogReader reader;
    private final List<SubjectEraser> places;
    private final InstantSource clock;

    @Inject
    Erasure(
            Subjects subjects,
            SubjectKeys keys,
            LegalHolds holds,
            Instance<LogReader> reader,
            @Any Instance<SubjectEraser> places,
            InstantSource clock) {
        this(
                subjects,
                keys,
                holds,
                reader.isResolvable() ? reader.get() : null,
                places.stream().toList(),
                clock);
    }

    Erasure(
            Subjects subjects,
            SubjectKeys keys,
            LegalHolds holds,
            @Nullable LogReader reader,
            List<SubjectEraser> places,
            InstantSource clock) {
        this.subjects = subjects;
        this.keys = keys;
        this.holds = holds;
        this.reader = reader;
        this.places = List.copyOf(places);
        this.clock = clock;
    }

    /**
     * What an erasure did.
     *
     * @param subjectKeys the keys that stood for the subject
     * @param at when
     * @param evidence how far it got in each place, the local log first
     */
    public record Erased(List<String> subjectKeys, Instant at, List<Evidence> evidence) {

        /** Copies the lists. */
        public Erased {
            subjectKeys = List.copyOf(subjectKeys);
            evidence = List.copyOf(evidence);
        }
    }

    /**
     * Returns every key that stands for a subject.
     *
     * @param subject the subject itself, or null
     * @param subjectKey one of its keys, as records have it, or null
     * @throws RequestRejected unless exactly one of them is given, and is well formed
     */
    public List<String> keysOf(@Nullable String subject, @Nullable String subjectKey) {
        if ((subject == null) == (subjectKey == null)) {
            throw new RequestRejected(
                    FailureCode.MISSING_FIELD, "either subject or subject_key says whom this is about", "subject");
        }
        if (subjectKey != null) {
            if (!KEY.matcher(subjectKey).matches()) {
                throw new RequestRejected(
                        FailureCode.INVALID_FIELD, "subject_key is as records have it, hmac:k1:…", "subject_key");
            }
            return List.of(subjectKey);
        }
        if (subject == null || subject.isEmpty()) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, "subject must not be empty", "subject");
        }
        return subjects.keys(subject);
    }

    /**
     * Forgets a subject. To forget one again is no error, and asks every place again.
     *
     * @param subjectKeys what {@link #keysOf} returns
     * @param reason why
     * @param actor who wants it
     * @throws RequestRejected with {@code CONFLICT} when a hold covers records of the subject; it names the hold
     * @throws IllegalStateException when the keys can't be destroyed now
     */
    public synchronized Erased erase(List<String> subjectKeys, String reason, String actor) {
        Set<String> all = new LinkedHashSet<>(subjectKeys);
        for (LegalHold hold : holds.active()) {
            if (covers(hold, all)) {
                throw new RequestRejected(
                        FailureCode.CONFLICT, "legal hold " + hold.id() + " covers records of this subject", "subject");
            }
        }
        List<Evidence> evidence = new ArrayList<>();
        int destroyed = keys.destroy(all);
        evidence.add(new Evidence(
                LOCAL,
                destroyed > 0 ? SubjectEraser.Result.KEY_DESTROYED : SubjectEraser.Result.NOTHING_KEPT,
                destroyed,
                "copies of subjects.db that were made before are out of reach"));
        for (SubjectEraser place : places) {
            evidence.addAll(ask(place, all));
        }
        LOG.info("subject erased")
                .with(LogKey.ACTOR, actor)
                .with(LogKey.REASON, reason)
                .with(LogKey.COUNT, destroyed)
                .write();
        return new Erased(subjectKeys, clock.instant(), evidence);
    }

    private static List<Evidence> ask(SubjectEraser place, Set<String> subjectKeys) {
        try {
            return place.erase(subjectKeys);
        } catch (RuntimeException e) { // one place that fails must not hide what the others did
            LOG.error("a place could not forget a subject").cause(e).write();
            return List.of(new Evidence("sinks", SubjectEraser.Result.FAILED, 0, "the server's log says why"));
        }
    }

    private boolean covers(LegalHold hold, Set<String> subjectKeys) {
        if (!hold.subjectKeys().isEmpty()) {
            // Whether it has records in the hold's time does not matter: who held a subject expects it to stay.
            return hold.subjectKeys().stream().anyMatch(subjectKeys::contains);
        }
        return hasRecords(hold, subjectKeys);
    }

    /** Looks for a record of the subject that a hold covers; one too large to be looked through counts as a hit. */
    private boolean hasRecords(LegalHold hold, Set<String> subjectKeys) {
        if (reader == null) {
            return true;
        }
        RecordQuery query = new RecordQuery(
                hold.from(), hold.to(), hold.deployment(), null, null, null, null, null, null, false, false);
        String cursor = null;
        int seen = 0;
        do {
            LogReader.Page page = reader.search(query, cursor, PAGE);
            for (StoredEntry each : page.entries()) {
                if (each.entry() instanceof PredictionRecord record
                        && record.subjectKey() != null
                        && subjectKeys.contains(record.subjectKey())) {
                    return true;
                }
            }
            seen += page.entries().size();
            cursor = page.next();
        } while (cursor != null && seen < MOST_ENTRIES);
        return cursor != null;
    }
}
