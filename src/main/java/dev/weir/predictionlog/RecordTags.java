package dev.weir.predictionlog;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a caller says of a request beside its inputs.
 *
 * @param inferenceIds the caller's own id of each row, to join truth on; empty, or as many as there are rows
 * @param subject whom it is about, as the caller says; never written as it stands. Null when nobody says
 * @param sticky what decides which variant it falls on, as the header says that the deployment names; null when nobody says
 * @param traceId the W3C trace id, 32 hexadecimal digits, or null
 * @param spanId the W3C id of the caller's span, 16 hexadecimal digits, or null
 */
public record RecordTags(
        List<String> inferenceIds,
        @Nullable String subject,
        @Nullable String sticky,
        @Nullable String traceId,
        @Nullable String spanId) {

    /** Nothing is said. */
    public static final RecordTags NONE = new RecordTags(List.of(), null, null, null, null);

    /** Copies the list. */
    public RecordTags {
        inferenceIds = List.copyOf(inferenceIds);
    }
}
