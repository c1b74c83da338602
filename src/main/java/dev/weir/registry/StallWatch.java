package dev.weir.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Ends reads from a peer that stopped sending: Java's HTTP client bounds the wait for an answer's head, and for nothing
 * after it. Thread-safe.
 */
final class StallWatch implements AutoCloseable {

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("weir-registry-watch").daemon().factory());
    private final Duration patience;

    StallWatch(Duration patience) {
        this.patience = patience;
    }

    /** Returns the same bytes; a read that takes too long closes them, and fails. */
    InputStream over(InputStream in) {
        return new Watched(in);
    }

    private final class Watched extends FilterInputStream {

        Watched(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            ScheduledFuture<?> end = timer.schedule(this::giveUp, patience.toNanos(), TimeUnit.NANOSECONDS);
            try {
                return in.read(bytes, offset, length);
            } finally {
                end.cancel(false);
            }
        }

        private void giveUp() {
            try {
                in.close();
            } catch (IOException e) {
                // the reader notices
            }
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
