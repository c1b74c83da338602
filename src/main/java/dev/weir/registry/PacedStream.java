package dev.weir.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Bytes from a peer that must get on: a read fails that ends a period in which too few came. Only the time spent in
 * reads counts, and a read that waits for ever is not ended here, so that what is below must bound it. Used by one thread.
 */
final class PacedStream extends FilterInputStream {

    private final long least;
    private final long period;
    private final LongSupplier ticker;
    private long spent;
    private long got;

    /**
     * Watches a stream.
     *
     * @param in the stream; it is closed with this one
     * @param least how many bytes must come in each period, at least
     * @param period how long that is
     * @param ticker nanoseconds that only grow
     */
    PacedStream(InputStream in, long least, Duration period, LongSupplier ticker) {
        super(in);
        this.least = least;
        this.period = period.toNanos();
        this.ticker = ticker;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        long before = ticker.getAsLong();
        int read = in.read(bytes, offset, length);
        spent += ticker.getAsLong() - before;
        got += Math.max(0, read);
        if (read >= 0 && spent > period) {
            if (got < least) {
                throw new IOException("too little came in too much time");
            }
            spent = 0;
            got = 0;
        }
        return read;
    }
}
