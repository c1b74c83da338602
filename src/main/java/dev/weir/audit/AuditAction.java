package dev.weir.audit;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is put on record when somebody does it. The words are part of the public interface. */
public enum AuditAction {
    /** Reading the payload of predictions that were named: by id, by request, by inference id. */
    PREDICTION_READ("prediction.read"),
    /** Reading the payloads of all predictions that a search finds. */
    PREDICTION_SEARCH("prediction.search"),
    /** Reading what was reported of a prediction. */
    OUTCOME_READ("outcome.read"),
    /** Running a recorded input again. */
    PREDICTION_REPLAY("prediction.replay"),
    /** Destroying what opens the payloads of a subject. */
    SUBJECT_ERASE("subject.erase"),
    /** Keeping records from retention and erasure. */
    HOLD_PLACE("hold.place"),
    /** Ending that. */
    HOLD_RELEASE("hold.release");

    private static final Map<String, AuditAction> BY_WORD = new HashMap<>();

    static {
        for (AuditAction action : values()) {
            BY_WORD.put(action.word, action);
        }
    }

    private final String word;

    AuditAction(String word) {
        this.word = word;
    }

    /** Returns the word used in events. */
    public String word() {
        return word;
    }

    /** Returns the action that a word stands for, or null. */
    public static @Nullable AuditAction of(String word) {
        return BY_WORD.get(word);
    }
}
