package dev.weir.predictionlog.subject;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.predictionlog.LogReader;
import dev.weir.predictionlog.RecordQuery;
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
import java.util.HashSet;
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

    private final Subjects subjects;
    private final SubjectKeys keys;
    private final LegalHolds holds;
    private final LogReader reader;
    private final List<SubjectEraser> places;
    private final InstantSource clock;

    @Inject
    Erasure(
            Subjects subjects,
            SubjectKeys keys,
            LegalHolds holds,
            LogReader reader,
            @Any Instance<SubjectEraser> places,
            InstantSource clock) {
        this(subjects, keys, holds, reader, places.stream().toList(), clock);
    }

    Erasure(
            Subjects subjects,
            SubjectKeys keys,
            LegalHolds holds,
            LogReader reader,
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
     * @throws RequestRejected with {@code CONFLICT} when a hold covers records of the subject, or nobody can tell whether it
     *     does because it names one by a key of another version; it names the hold
     * @throws RuntimeException when the log can't be read, so that nobody can tell whether one does, or the keys can't be
     *     destroyed now
     */
    public synchronized Erased erase(List<String> subjectKeys, String reason, String actor) {
        Set<String> all = new LinkedHashSet<>(subjectKeys);
        List<Evidence> evidence = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        List<LegalHold> unseen = holds.active();
        do { // to look through the log takes long, and must not keep anybody from placing a hold
            for (LegalHold hold : unseen) {
                requireNotCovered(hold, all);
                seen.add(hold.id());
            }
            unseen = holds.unlessThereAreOthers(seen, () -> forget(all, evidence));
        } while (!unseen.isEmpty());
        LOG.info("subject erased")
                .with(LogKey.ACTOR, actor)
                .with(LogKey.REASON, reason)
                .with(LogKey.COUNT, evidence.getFirst().count())
                .write();
        return new Erased(subjectKeys, clock.instant(), evidence);
    }

    private void forget(Set<String> all, List<Evidence> evidence) {
        int destroyed = keys.destroy(all);
        evidence.add(new Evidence(
                LOCAL,
                destroyed > 0 ? SubjectEraser.Result.KEY_DESTROYED : SubjectEraser.Result.NOTHING_KEPT,
                destroyed,
                "copies of subjects.db that were made before are out of reach"));
        for (SubjectEraser place : places) {
            evidence.addAll(ask(place, all));
        }
    }

    private static List<Evidence> ask(SubjectEraser place, Set<String> subjectKeys) {
        try {
            return place.erase(subjectKeys);
        } catch (RuntimeException e) { // one place that fails must not hide what the others did
            LOG.error("a place could not forget a subject").cause(e).write();
            return List.of(new Evidence("sinks", SubjectEraser.Result.FAILED, 0, "the server's log says why"));
        }
    }

    private void requireNotCovered(LegalHold hold, Set<String> subjectKeys) {
        boolean covered =
                switch (hold.about(subjectKeys)) {
                    // Whether it has records in the hold's time does not matter: who held a subject expects it to stay.
                    case SAME -> true;
                    case OTHER -> hold.subjectKeys().isEmpty() && hasRecords(hold, subjectKeys);
                    case UNKNOWN ->
                        throw new RequestRejected(
                                FailureCode.CONFLICT,
                                "legal hold " + hold.id()
                                        + " may cover records of this subject: it names one by a key of"
                                        + " another version than this subject_key; erase by subject, which has a key of"
                                        + " every version",
                                "subject_key");
                };
        if (covered) {
            throw new RequestRejected(
                    FailureCode.CONFLICT, "legal hold " + hold.id() + " covers records of this subject", "subject");
        }
    }

    /**
     * Looks for a record of the subject that a hold covers, through all of the log if need be: an answer from a part of it could
     * be a wrong one. Each page is bounded work, and reads no payload of others.
     */
    private boolean hasRecords(LegalHold hold, Set<String> subjectKeys) {
        RecordQuery query = new RecordQuery(
                hold.from(),
                hold.to(),
                hold.deployment(),
                null,
                null,
                null,
                null,
                null,
                null,
                subjectKeys,
                false,
                false);
        String cursor = null;
        do {
            LogReader.Page page = reader.search(query, cursor, 1);
            if (!page.entries().isEmpty()) {
                return true;
            }
            cursor = page.next();
        } while (cursor != null);
        return false;
    }
}
