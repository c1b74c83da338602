package dev.weir.api.audit;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Ticker;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Reads a body by lines, of which none is longer in memory than it may be, in a time that is bounded. Not thread-safe. */
final class BoundedLines {

    private final InputStream body;
    private final int most;
    private final Duration timeout;
    private final Ticker ticker;
    private final long begun;
    private long number;
    private boolean tooLong;

    /**
     * Begins.
     *
     * @param most the most bytes of a line
     * @param timeout how long the body may take
     */
    BoundedLines(InputStream body, int most, Duration timeout, Ticker ticker) {
        this.body = new BufferedInputStream(body);
        this.most = most;
        this.timeout = timeout;
        this.ticker = ticker;
        this.begun = ticker.nanos();
    }

    /**
     * Returns the next line that is not blank, without its end; null when there is none.
     *
     * @throws RequestRejected when the body breaks off or takes too long
     */
    byte @Nullable [] next() {
        while (true) {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            tooLong = false;
            int last = read();
            if (last < 0) {
                return null;
            }
            number++;
            for (; last >= 0 && last != '\n'; last = read()) {
                if (line.size() < most) {
                    line.write(last);
                } else if (last != '\r') {
                    tooLong = true;
                }
            }
            byte[] bytes = line.toByteArray();
            if (tooLong || !new String(bytes, StandardCharsets.ISO_8859_1).isBlank()) {
                return bytes;
            }
        }
    }

    private int read() {
        int read;
        try {
            read = body.read();
        } catch (IOException e) {
            requireInTime();
            throw new RequestRejected(
                    FailureCode.MALFORMED_BODY,
                    "the body ends early, or came too slowly; the lines before line " + (number + 1)
                            + " may be kept, and may be sent again",
                    "body");
        }
        if (read < 0 || read == '\n') {
            requireInTime();
        }
        return read;
    }

    private void requireInTime() {
        if (ticker.nanos() - begun > timeout.toNanos()) {
            throw new RequestRejected(
                    FailureCode.BODY_TIMEOUT,
                    "outcomes may take " + timeout.toMillis() + " ms to arrive; the lines before line " + (number + 1)
                            + " may be kept, and may be sent again",
                    "body",
                    timeout.toMillis());
        }
    }

    /** Returns the number of the last line, 1 for the first; blank ones count. */
    long number() {
        return number;
    }

    /**
     * Requires that the last line was not too long.
     *
     * @throws RequestRejected when it was
     */
    void requireWhole() {
        if (tooLong) {
            throw new RequestRejected(
                    FailureCode.LIMIT_EXCEEDED, "a line has at most " + most + " bytes", "body", (long) most);
        }
    }
}
