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
 * Ends reads of files from a peer that stopped sending, or sends next to nothing: Java's HTTP client bounds the wait for
 * an answer's head, and for nothing after it. How long a whole file takes is not bounded here. Thread-safe.
 */
final class StallWatch implements AutoCloseable {

    /** Bytes that must arrive within the time that is waited for them; less is no transfer. */
    static final int LEAST = 1 << 10;

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("weir-registry-watch").daemon().factory());
    private final Duration patience;

    /**
     * Makes a watch.
     *
     * @param patience how long to wait for the next bytes
     */
    StallWatch(Duration patience) {
        this.patience = patience;
    }

    /** Returns the same bytes; a read closes them and fails when no more arrive, or too few. Used by one thread. */
    InputStream over(InputStream in) {
        return new Watched(in);
    }

    private final class Watched extends FilterInputStream {

        private long waited;
        private int arrived;

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
            long begun = System.nanoTime();
            ScheduledFuture<?> end = timer.schedule(this::giveUp, patience.toNanos() - waited, TimeUnit.NANOSECONDS);
            int read;
            try {
                read = in.read(bytes, offset, length);
            } finally {
                end.cancel(false);
            }
            note(read, System.nanoTime() - begun);
            return read;
        }

        /** The time that the reader takes for itself, such as for its disk, does not count. */
        private void note(int read, long nanos) {
            waited += nanos;
            arrived += read;
            if (arrived >= LEAST) {
                waited = 0;
                arrived = 0;
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
