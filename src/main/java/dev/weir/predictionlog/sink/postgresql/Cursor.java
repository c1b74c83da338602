package dev.weir.predictionlog.sink.postgresql;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.predictionlog.StoredEntry;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** The entry that the next page begins behind. */
record Cursor(String replica, long incarnation, long seq) {

    private static final int MAX_LENGTH = 1_024;

    static Cursor of(StoredEntry entry) {
        return new Cursor(
                entry.replica(),
                entry.position().incarnation(),
                entry.position().seq());
    }

    String format() {
        String text = incarnation + ":" + seq + ":" + replica;
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Reads what {@link #format} gave.
     *
     * @throws RequestRejected when it is something else
     */
    static Cursor parse(String cursor) {
        try {
            if (cursor.length() <= MAX_LENGTH) {
                String text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
                String[] parts = text.split(":", 3);
                if (parts.length == 3 && parts[2].indexOf('\0') < 0) {
                    return new Cursor(
                            parts[2], Long.parseUnsignedLong(parts[0], 10) & Long.MAX_VALUE, Long.parseLong(parts[1]));
                }
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new RequestRejected(FailureCode.INVALID_FIELD, "the cursor is none of an answer's", "cursor");
    }
}
