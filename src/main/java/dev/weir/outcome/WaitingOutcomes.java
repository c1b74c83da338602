package dev.weir.outcome;

import dev.weir.inference.PredictionId;
import dev.weir.predictionlog.LogReader;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.StoredEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Finds the predictions that outcomes wait for, once the log has them. Thread-safe; blocks. */
final class WaitingOutcomes {

    private static final int AT_ONCE = 1_000;

    private final OutcomeStore store;
    private final LogReader log;

    /** What the log was when all were looked for, up to a number. Guarded by this. */
    private @Nullable String sweptMark;

    /** Guarded by this. */
    private long sweptNumber;

    WaitingOutcomes(OutcomeStore store, LogReader log) {
        this.store = store;
        this.log = log;
    }

    /** Looks again, as far as it may be worth it. */
    synchronized void lookAgain() {
        if (!store.waiting(0, 1).isEmpty()) {
            lookAgain(log.steady());
        }
    }

    /**
     * Looks for all that are waited for if the log has grown since the last time, else for those that came meanwhile: their
     * records may have come between the look-up and the report.
     */
    private void lookAgain(LogReader steady) {
        String mark = steady.mark();
        long after = mark.equals(sweptMark) ? sweptNumber : 0;
        for (List<OutcomeStore.Waiting> some = store.waiting(after, AT_ONCE);
                !some.isEmpty();
                some = store.waiting(after, AT_ONCE)) {
            store.matched(some.stream().filter(each -> isKnown(each, steady)).toList());
            after = some.getLast().number();
        }
        sweptMark = mark;
        sweptNumber = after;
    }

    private static boolean isKnown(OutcomeStore.Waiting chain, LogReader log) {
        List<PredictionRecord> records = new ArrayList<>();
        if (chain.subject().startsWith("i:")) {
            for (StoredEntry each : log.byInferenceId(chain.subject().substring(2), Outcomes.SAME_INFERENCE_ID)) {
                if (each.entry() instanceof PredictionRecord record) {
                    records.add(record);
                }
            }
        } else {
            String id = chain.subject().substring(2, chain.subject().lastIndexOf(':'));
            PredictionRecord record = Outcomes.record(log, new PredictionId(UUID.fromString(id)));
            if (record != null) {
                records.add(record);
            }
        }
        return records.stream()
                .anyMatch(each -> chain.scope().equals(OutcomeStore.ANYBODY)
                        || chain.scope().equals(each.callerId()));
    }
}
