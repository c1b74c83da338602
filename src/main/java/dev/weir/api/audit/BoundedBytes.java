package dev.weir.api.audit;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Ticker;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * Reads a small body.
 *
 * @param body the body
 * @param most its most bytes
 * @param timeout how long it may take
 * @param ticker tells how long it takes
 */
record BoundedBytes(InputStream body, int most, Duration timeout, Ticker ticker) {

    /**
     * Reads it.
     *
     * @throws RequestRejected when it is too large, breaks off or takes too long
     */
    byte[] read() {
        long begun = ticker.nanos();
        byte[] bytes;
        try {
            bytes = body.readNBytes(most + 1);
        } catch (IOException e) {
            throw new RequestRejected(FailureCode.MALFORMED_BODY, "the body ends early, or came too slowly", "body");
        }
        if (bytes.length > most) {
            throw new RequestRejected(
                    FailureCode.BODY_TOO_LARGE, "an outcome has at most " + most + " bytes", "body", (long) most);
        }
        if (ticker.nanos() - begun > timeout.toNanos()) {
            throw new RequestRejected(
                    FailureCode.BODY_TIMEOUT,
                    "an outcome may take " + timeout.toMillis() + " ms to arrive",
                    "body",
                    timeout.toMillis());
        }
        return bytes;
    }
}
