package dev.weir.api.audit;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.PredictionId;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A prediction, or one of its rows, as callers name it: {@code <id>} or {@code <id>:<row>}.
 *
 * @param id the attempt
 * @param row the row; null when none is named
 */
record PredictionName(PredictionId id, @Nullable Integer row) {

    private static final int UUID_LENGTH = 36;
    private static final Pattern FORM = Pattern.compile(
            "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-7[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}(:(0|[1-9][0-9]{0,8}))?");

    /**
     * Reads a name.
     *
     * @param field what to blame
     * @throws RequestRejected when it is none
     */
    static PredictionName parse(String text, String field) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new RequestRejected(
                    FailureCode.INVALID_ID, "a prediction's id is a UUIDv7, or one with :<row> behind it", field);
        }
        String row = form.group(2);
        return new PredictionName(
                new PredictionId(UUID.fromString(text.substring(0, UUID_LENGTH))),
                row == null ? null : Integer.valueOf(row));
    }

    @Override
    public String toString() {
        return row == null ? id.toString() : id + ":" + row;
    }
}
