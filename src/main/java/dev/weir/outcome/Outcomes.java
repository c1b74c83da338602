package dev.weir.outcome;

import dev.weir.failure.FailureCode;
import dev.weir.inference.Caller;
import dev.weir.inference.CallerRole;
import dev.weir.inference.PredictionId;
import dev.weir.outcome.OutcomeAnswer.Result;
import dev.weir.outcome.OutcomeReport.Inference;
import dev.weir.outcome.OutcomeReport.Row;
import dev.weir.outcome.OutcomeStore.Entry;
import dev.weir.outcome.OutcomeStore.Match;
import dev.weir.predictionlog.LogReader;
import dev.weir.predictionlog.PredictionLogConfig;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.StoredEntry;
import dev.weir.store.StoreConfig;
import dev.weir.store.Sweep;
import dev.weir.telemetry.Meters;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes in what came true, and tells it. Thread-safe; methods block, for a sync of the disk when they write.
 *
 * <p>A chain of revisions belongs to one subject, one source and one scope: the reporter, who may then tell of predictions of
 * its own alone, or anybody who may read the record of predictions. So nobody can correct what somebody else reported, unless
 * both may read everything.
 */
@ApplicationScoped
@Startup
public class Outcomes {

    private static final Duration SWEEP = Duration.ofMinutes(10);

    /** Records that are looked at to find one of the reporter's own under an id that others may use too. */
    static final int SAME_INFERENCE_ID = 100;

    private final OutcomeStore store;
    private final WaitingOutcomes waiting;
    private final LogReader log;
    private final OutcomeConfig config;
    private final OutcomeStore.Bounds bounds;
    private final Duration recordsLive;
    private final InstantSource clock;
    private final MeterRegistry meters;
    private final Sweep sweep;

    /**
     * Opens the file in the state directory.
     *
     * @throws dev.weir.failure.ConfigurationRejected when it can't be used
     */
    @Inject
    public Outcomes(
            StoreConfig directory,
            OutcomeConfig config,
            PredictionLogConfig predictions,
            LogReader log,
            InstantSource clock,
            MeterRegistry meters) {
        this(
                directory.directory(),
                config,
                predictions.retention().values().stream()
                        .max(Comparator.naturalOrder())
                        .orElse(Duration.ZERO),
                log,
                clock,
                meters);
    }

    Outcomes(
            Path directory,
            OutcomeConfig config,
            Duration recordsLive,
            LogReader log,
            InstantSource clock,
            MeterRegistry meters) {
        this.store = new OutcomeStore(directory);
        this.waiting = new WaitingOutcomes(store, log);
        this.log = log;
        this.config = config;
        this.bounds = new OutcomeStore.Bounds(config.maxPending(), config.maxLate());
        this.recordsLive = recordsLive;
        this.clock = clock;
        this.meters = meters;
        this.sweep = new Sweep("weir-outcomes", SWEEP, this::sweep);
    }

    /**
     * Takes in reports, all of them or, when the disk fails, none; what is not rejected is on disk when this returns.
     *
     * @param caller who reports, with role outcome
     * @return what became of each, in order
     * @throws dev.weir.failure.StoreUnavailable when the disk fails
     */
    public List<OutcomeAnswer> report(List<OutcomeReport> reports, Caller caller) {
        Instant now = clock.instant();
        OutcomeAnswer[] answers = new OutcomeAnswer[reports.size()];
        List<Entry> entries = new ArrayList<>();
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < answers.length; i++) {
            OutcomeReport report = reports.get(i);
            Found found = find(report.about(), caller, now);
            OutcomeAnswer refused = found.refused();
            if (refused == null) {
                entries.add(new Entry(report, scope(caller), caller.id(), now, found.match(), found.records()));
                places.add(i);
            } else {
                answers[i] = refused;
            }
        }
        List<OutcomeStore.Placed> placed = entries.isEmpty() ? List.of() : store.add(entries, bounds);
        for (int i = 0; i < placed.size(); i++) {
            answers[places.get(i)] = answer(placed.get(i), entries.get(i));
        }
        List<OutcomeAnswer> all = List.of(answers);
        all.forEach(each -> count(each.result(), 1));
        return all;
    }

    /** Counts reports that could not be read. */
    public void unreadable() {
        count(Result.REJECTED, 1);
    }

    private void count(Result result, int times) {
        Meters.OUTCOMES.counter(meters, result.word()).increment(times);
    }

    private static String scope(Caller caller) {
        return caller.may(CallerRole.AUDIT) ? OutcomeStore.ANYBODY : caller.id();
    }

    /** Says whether a caller may report on a prediction: who may read the record may, and others on their own. */
    static boolean mayReport(Caller caller, PredictionRecord record) {
        return caller.may(CallerRole.AUDIT) || caller.id().equals(record.callerId());
    }

    /**
     * What the log says of a subject.
     *
     * @param match whether it has it
     * @param records what it has of those that the caller may report on
     * @param refused why nothing may be reported on it, or null
     */
    private record Found(
            Match match,
            List<PredictionRecord> records,
            @Nullable OutcomeAnswer refused) {}

    /** Returns the field that names a subject. */
    private static String field(OutcomeReport.Subject about) {
        return switch (about) {
            case Row row -> "prediction_id";
            case Inference inference -> "inference_id";
        };
    }

    private Found find(OutcomeReport.Subject about, Caller caller, Instant now) {
        return switch (about) {
            case Row row -> find(row, caller, now);
            case Inference inference -> {
                List<PredictionRecord> records = records(log, inference.id()).stream()
                        .filter(each -> mayReport(caller, each))
                        .toList();
                yield new Found(records.isEmpty() ? Match.PENDING : Match.MATCHED, records, null);
            }
        };
    }

    private Found find(Row row, Caller caller, Instant now) {
        String field = field(row);
        PredictionRecord record = record(log, row.id());
        if (record == null) {
            boolean late = madeAt(row.id()).isBefore(now.minus(recordsLive));
            return new Found(late ? Match.LATE : Match.PENDING, List.of(), null);
        }
        OutcomeAnswer refused = null;
        if (!mayReport(caller, record)) {
            refused = OutcomeAnswer.rejected(
                    FailureCode.FORBIDDEN,
                    "this prediction is of another caller; reporting on it needs role audit",
                    field);
        } else if (row.row() == null && record.rows() > 1) {
            refused = OutcomeAnswer.rejected(
                    FailureCode.INVALID_FIELD,
                    "this prediction has " + record.rows() + " rows; name one as <prediction_id>:<row>",
                    field);
        } else if (row.row() != null && row.row() >= record.rows()) {
            refused = OutcomeAnswer.rejected(
                    FailureCode.INVALID_FIELD, "this prediction has " + record.rows() + " rows, the first is 0", field);
        }
        return new Found(Match.MATCHED, List.of(record), refused);
    }

    static @Nullable PredictionRecord record(LogReader log, PredictionId id) {
        StoredEntry entry = log.find(id);
        return entry != null && entry.entry() instanceof PredictionRecord record ? record : null;
    }

    static List<PredictionRecord> records(LogReader log, String inferenceId) {
        List<PredictionRecord> records = new ArrayList<>();
        for (StoredEntry each : log.byInferenceId(inferenceId, SAME_INFERENCE_ID)) {
            if (each.entry() instanceof PredictionRecord record) {
                records.add(record);
            }
        }
        return records;
    }

    private static Instant madeAt(PredictionId id) {
        return Instant.ofEpochMilli(OutcomeSubjects.madeMillis(id));
    }

    private static OutcomeAnswer answer(OutcomeStore.Placed placed, Entry entry) {
        Match match = entry.match();
        boolean matched = match == Match.MATCHED;
        return switch (placed.place()) {
            case FIRST ->
                new OutcomeAnswer(
                        switch (match) {
                            case MATCHED -> Result.ACCEPTED;
                            case PENDING -> Result.PENDING;
                            case LATE -> Result.LATE;
                        },
                        placed.revision(),
                        matched,
                        null);
            case LATEST -> new OutcomeAnswer(Result.CORRECTED, placed.revision(), matched, null);
            case EARLIER -> new OutcomeAnswer(Result.SUPERSEDED, placed.revision(), matched, null);
            case SAME -> new OutcomeAnswer(Result.DUPLICATE, placed.revision(), matched, null);
            case TAKEN ->
                OutcomeAnswer.rejected(
                        FailureCode.CONFLICT,
                        "revision " + placed.revision() + " was reported before and says something else",
                        "revision");
            case FULL ->
                OutcomeAnswer.rejected(
                        FailureCode.UNKNOWN_PREDICTION,
                        match == Match.LATE
                                ? "this prediction is older than records are kept, and as many outcomes of such are"
                                        + " kept as may"
                                : "the log has no such prediction yet, and as many outcomes wait for theirs as may",
                        field(entry.report().about()));
            case FORGOTTEN ->
                OutcomeAnswer.rejected(
                        FailureCode.UNKNOWN_PREDICTION,
                        "whom this prediction is about was forgotten; nothing is kept of it any more",
                        field(entry.report().about()));
        };
    }

    /** Returns what was reported of a prediction that the log has, oldest first; nothing once its subject was forgotten. */
    public List<Outcome> of(PredictionRecord record) {
        if (store.isForgotten(record)) {
            return List.of();
        }
        List<Outcome> outcomes = new ArrayList<>(rows(record.id(), record.callerId()));
        for (String id : record.inferenceIds().stream().distinct().toList()) {
            String key = new Inference(id).key();
            outcomes.addAll(store.between(key, behind(key), record.callerId()));
        }
        outcomes.sort(Comparator.comparing(Outcome::receivedAt));
        return outcomes;
    }

    /** Returns what was reported of a prediction that the log does not have, oldest first. */
    public List<Outcome> of(PredictionId id) {
        return rows(id, null);
    }

    private List<Outcome> rows(PredictionId id, @Nullable String owner) {
        String prefix = "p:" + id;
        return store.between(prefix + ":", prefix + ";", owner);
    }

    /** Returns what stands between a key and every longer one: no id has a blank. */
    private static String behind(String key) {
        return key + " ";
    }

    /**
     * What became of outcomes when their subject was forgotten.
     *
     * @param deleted outcomes that were deleted
     * @param shared chains under inference ids of several subjects' predictions, which are kept for the others
     * @param untold outcomes of anybody that came after the record of their prediction was gone
     */
    record Forgotten(long deleted, long shared, long untold) {}

    /**
     * Deletes what was reported of a subject's predictions until now, and takes nothing of them any more.
     *
     * @param subjectKeys every key of the subject
     * @throws dev.weir.failure.StoreUnavailable when the disk fails; what was not deleted yet is not shown with its
     *     prediction
     */
    Forgotten forget(Set<String> subjectKeys) {
        return store.forget(subjectKeys, clock.instant());
    }

    /** Looks again for predictions that outcomes wait for, and forgets what is too old. */
    final void sweep() {
        Instant now = clock.instant();
        count(Result.ERASED, waiting.lookAgain());
        count(Result.EXPIRED, store.forget(now.minus(config.pendingAge()), true));
        store.forget(now.minus(config.retention()), false);
    }

    /** Closes the file. */
    @PreDestroy
    public void close() {
        sweep.close();
        store.close();
    }
}
