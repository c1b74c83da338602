package dev.weir.predictionlog;

import dev.weir.inference.PredictionId;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Closes the payload of a record with its subject's key before it reaches a file, and opens it for readers. Thread-safe;
 * methods may wait for the disk, the first use of a subject's key above all.
 */
public interface PayloadSeal {

    /**
     * Makes the keys that are missing, all in one write; what is not prepared is made by {@link #seal}, one write each.
     *
     * @param subjectKeys the subjects of the records that will be sealed next
     * @throws IllegalStateException when keys can't be written; then none of the records may be
     */
    default void prepare(Collection<String> subjectKeys) {}

    /**
     * Says whether a record is of a subject that was erased of late, and from before that: its payload must go nowhere any more,
     * although somebody opened it earlier. What was opened longer ago than that is not known here; open it again.
     *
     * @param id the attempt
     * @param subjectKey whom it is about
     */
    default boolean isErased(PredictionId id, String subjectKey) {
        return false;
    }

    /**
     * Closes a payload.
     *
     * @param id the attempt; a payload opens under its own id only
     * @param subjectKey whom it is about, as {@link Subjects} has it; null leaves the payload as it is
     * @param payload what is closed; not changed
     * @throws IllegalStateException when the subject's key can't be read or written
     */
    byte[] seal(PredictionId id, @Nullable String subjectKey, byte[] payload);

    /**
     * Opens a payload.
     *
     * @param id the attempt
     * @param subjectKey whom it is about; null when the payload was not closed
     * @param sealed what {@link #seal} gave
     * @return the payload, or null when the key was destroyed: nobody can read it any more
     * @throws IllegalStateException when the key is there and the payload is not what was sealed, or keys can't be read
     */
    byte @Nullable [] open(PredictionId id, @Nullable String subjectKey, byte[] sealed);
}
