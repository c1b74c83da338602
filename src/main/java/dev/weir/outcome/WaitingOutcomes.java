package dev.weir.outcome;

import dev.weir.inference.PredictionId;
import dev.weir.predictionlog.LogReader;
import dev.weir.predictionlog.PredictionRecord;
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

    /**
     * Looks again, as far as it may be worth it.
     *
     * @return how many outcomes were deleted, because they are about subjects that were forgotten
     */
    synchronized int lookAgain() {
        return store.waiting(0, 1).isEmpty() ? 0 : lookAgain(log.steady());
    }

    /**
     * Looks for all that are waited for if the log has grown since the last time, else for those that came meanwhile: their
     * records may have come between the look-up and the report.
     */
    private int lookAgain(LogReader steady) {
        String mark = steady.mark();
        int deleted = 0;
        long after = mark.equals(sweptMark) ? sweptNumber : 0;
        for (List<OutcomeStore.Waiting> some = store.waiting(after, AT_ONCE);
                !some.isEmpty();
                some = store.waiting(after, AT_ONCE)) {
            deleted += store.matched(some.stream()
                    .map(each -> new OutcomeStore.Arrived(each, records(each, steady)))
                    .filter(each -> !each.records().isEmpty())
                    .toList());
            after = some.getLast().number();
        }
        sweptMark = mark;
        sweptNumber = after;
        return deleted;
    }

    private static List<PredictionRecord> records(OutcomeStore.Waiting chain, LogReader log) {
        List<PredictionRecord> records;
        if (chain.subject().startsWith("i:")) {
            records = Outcomes.records(log, chain.subject().substring(2));
        } else {
            String id = chain.subject().substring(2, chain.subject().lastIndexOf(':'));
            PredictionRecord record = Outcomes.record(log, new PredictionId(UUID.fromString(id)));
            records = record == null ? List.of() : List.of(record);
        }
        return records.stream()
                .filter(each -> chain.scope().equals(OutcomeStore.ANYBODY)
                        || chain.scope().equals(each.callerId()))
                .toList();
    }
}
