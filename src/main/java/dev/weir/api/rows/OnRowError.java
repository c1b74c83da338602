package dev.weir.api.rows;

import dev.weir.api.http.Headers;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import org.jspecify.annotations.Nullable;

/** What a bad row among good ones does to its request. */
enum OnRowError {
    /** Refuses all of it. */
    REJECT,
    /** Is left out, and reported beside the answers to the others. */
    REPORT;

    /**
     * Reads the header.
     *
     * @throws RequestRejected when it holds another word
     */
    static OnRowError of(@Nullable String header) {
        if (header == null || header.equals("reject")) {
            return REJECT;
        }
        if (header.equals("report")) {
            return REPORT;
        }
        throw new RequestRejected(
                FailureCode.INVALID_HEADER, "the header must be reject or report", Headers.ON_ROW_ERROR.toString());
    }
}
