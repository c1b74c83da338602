package dev.weir.outcome;

import dev.weir.failure.StoreUnavailable;
import dev.weir.predictionlog.SubjectEraser;
import dev.weir.telemetry.Log;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Deletes what was reported of a subject's predictions when the subject is forgotten. Thread-safe; waits for the disk. */
@Singleton
public class OutcomeEraser implements SubjectEraser {

    private static final Log LOG = Log.of(OutcomeEraser.class);
    private static final String PLACE = "outcomes";

    /** What came after its record was gone. */
    private static final String UNTOLD = "outcomes without a record";

    private final Outcomes outcomes;

    /** Uses outcomes. */
    @Inject
    public OutcomeEraser(Outcomes outcomes) {
        this.outcomes = outcomes;
    }

    @Override
    public List<Evidence> erase(Set<String> subjectKeys) {
        Outcomes.Forgotten forgotten;
        try {
            forgotten = outcomes.forget(subjectKeys);
        } catch (StoreUnavailable e) {
            LOG.error("outcomes of a subject could not be deleted").cause(e).write();
            return List.of(new Evidence(PLACE, Result.FAILED, 0, "the server's log says why"));
        }
        List<Evidence> evidence = new ArrayList<>();
        evidence.add(new Evidence(
                PLACE,
                forgotten.deleted() > 0 ? Result.DELETED : Result.NOTHING_KEPT,
                forgotten.deleted(),
                forgotten.shared() == 0
                        ? null
                        : forgotten.shared()
                                + " inference ids stand for predictions of others too; what was reported by them is kept,"
                                + " and shown with those alone"));
        if (forgotten.untold() > 0) {
            evidence.add(new Evidence(
                    UNTOLD,
                    Result.OUT_OF_REACH,
                    0,
                    forgotten.untold()
                            + " outcomes of anybody were reported after the record of their prediction was gone, and do"
                            + " not say whom they are about"));
        }
        return evidence;
    }
}
