package dev.weir.api.admin;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Ticker;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/** A body that may not grow beyond a size or last beyond a time, whatever its headers say. Not thread-safe. */
final class BoundedBody extends FilterInputStream {

    private final long most;
    private final Duration timeout;
    private final Ticker ticker;
    private final long begun;
    private long read;

    BoundedBody(InputStream body, long most, Duration timeout, Ticker ticker) {
        super(body);
        this.most = most;
        this.timeout = timeout;
        this.ticker = ticker;
        this.begun = ticker.nanos();
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) {
        int count;
        try {
            count = super.read(bytes, offset, length);
        } catch (IOException e) {
            requireInTime();
            throw new RequestRejected(FailureCode.MALFORMED_BODY, "the body ends early, or came too slowly", "body");
        }
        read += Math.max(count, 0);
        if (read > most) {
            throw new RequestRejected(
                    FailureCode.BODY_TOO_LARGE, "a registration has at most " + most + " bytes", "body", most);
        }
        requireInTime();
        return count;
    }

    private void requireInTime() {
        if (ticker.nanos() - begun > timeout.toNanos()) {
            throw new RequestRejected(
                    FailureCode.BODY_TIMEOUT,
                    "a registration may take " + timeout.toMillis() + " ms to arrive",
                    "body",
                    timeout.toMillis());
        }
    }
}
