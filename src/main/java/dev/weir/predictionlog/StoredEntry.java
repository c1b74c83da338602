package dev.weir.predictionlog;

import org.jspecify.annotations.Nullable;

/**
 * An entry as it stands in a log.
 *
 * @param replica the replica that wrote it
 * @param position where it stands
 * @param acknowledged false when a caller waited for it to be written and was told that it might not be
 * @param entry what it says
 */
public record StoredEntry(String replica, Position position, boolean acknowledged, LogEntry entry) {

    /** What an entry takes beside its strings and its payload, roughly. */
    private static final int FIXED = 512;

    /** What a string takes beside its letters, roughly. */
    private static final int STRING = 56;

    /**
     * Returns about how many bytes it takes in memory; whatever holds many entries at once goes by it. What many records
     * share is not counted.
     */
    public long bytes() {
        return FIXED
                + switch (entry) {
                    case PredictionRecord record ->
                        strings(record) + record.payload().bytes();
                    case GapRecord gap -> string(gap.deployment());
                };
    }

    private static long strings(PredictionRecord record) {
        long bytes = string(record.requestId().value())
                + string(record.callerId())
                + string(record.subjectKey())
                + string(record.traceId())
                + string(record.spanId());
        for (String id : record.inferenceIds()) {
            bytes += string(id);
        }
        return bytes;
    }

    private static long string(@Nullable String text) {
        return text == null ? 0 : STRING + text.length();
    }
}
