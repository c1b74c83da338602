package dev.weir.predictionlog.local;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.predictionlog.Position;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a page ended, as a text that a reader gives back. */
final class Cursor {

    private static final Pattern FORM = Pattern.compile("1-(\\d{1,18})-(\\d{1,18})-(\\d{1,18})");

    private Cursor() {}

    static String of(Position last) {
        return "1-" + last.incarnation() + "-" + last.segment() + "-" + last.seq();
    }

    /**
     * Returns where a page ended.
     *
     * @throws RequestRejected when the text is none that {@link #of} gave
     */
    static Position parse(String cursor) {
        Matcher parts = FORM.matcher(cursor);
        if (!parts.matches()) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD, "the cursor is none that a page before ended with", "cursor");
        }
        return new Position(
                Long.parseLong(parts.group(1)), Long.parseLong(parts.group(2)), Long.parseLong(parts.group(3)));
    }
}
