package dev.weir.predictionlog;

import dev.weir.inference.PredictionId;
import dev.weir.inference.VersionRef;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a log. Thread-safe; methods block, for a short time each. They see what was committed when they were called.
 *
 * @see PredictionLog
 */
public interface LogReader {

    /** Returns the record of an attempt, or null. */
    @Nullable
    StoredEntry find(PredictionId id);

    /** Returns the records of the attempts of a request, oldest first. */
    List<StoredEntry> byRequest(String requestId, int limit);

    /** Returns the records with a row that its caller gave this id, oldest first. */
    List<StoredEntry> byInferenceId(String inferenceId, int limit);

    /** Says whether there are records of what a version did, or may be in a part that can't tell any more. */
    boolean hasRecordOf(VersionRef version);

    /** Returns a text that is another one once more is in the log. */
    String mark();

    /**
     * Returns a reader for many look-ups in a row, which are cheaper together. It sees what was committed when this was called,
     * but may not see what comes later.
     */
    default LogReader steady() {
        return this;
    }

    /**
     * Returns the entries that a query describes, in the order of their positions.
     *
     * @param cursor {@link Page#next} of the page before, or null for the first
     * @param limit entries per page, 1 or more
     * @throws dev.weir.failure.RequestRejected with {@code INVALID_FIELD} and field {@code cursor} when the cursor is none
     */
    Page search(RecordQuery query, @Nullable String cursor, int limit);

    /**
     * A part of an answer.
     *
     * @param entries some of the entries; may be fewer than asked for, or none, although more follow
     * @param next where the next page begins; null when this is the last
     */
    record Page(List<StoredEntry> entries, @Nullable String next) {

        /** Copies the list. */
        public Page {
            entries = List.copyOf(entries);
        }
    }
}
