package dev.weir.api.audit;

import dev.weir.telemetry.Log;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Breaks answers off whose readers take nothing for too long, because such a reader holds a thread, and a place that others
 * wait for. Thread-safe.
 */
@Singleton
final class WriteDeadlines {

    private static final Log LOG = Log.of(WriteDeadlines.class);

    private final long patienceNanos;

    /** A thread of its own: those that write may all be waiting. */
    private final ScheduledThreadPoolExecutor timer;

    @Inject
    WriteDeadlines(ReadingConfig config) {
        patienceNanos = config.writeTimeout().toNanos();
        timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("weir-write-deadlines").daemon().factory());
        timer.setRemoveOnCancelPolicy(true);
    }

    /** Returns the same answer, each write of which, and its end, fails when it takes too long. */
    StreamingOutput within(StreamingOutput answer, RoutingContext routing) {
        return out -> {
            OutputStream timed = new Timed(out, routing);
            answer.write(timed);
            // The end is written here, because the platform would wait for its reader without a deadline.
            timed.close();
        };
    }

    @FunctionalInterface
    private interface Writing {
        void run() throws IOException;
    }

    private final class Timed extends OutputStream {
        private final OutputStream out;
        private final RoutingContext routing;

        Timed(OutputStream out, RoutingContext routing) {
            this.out = out;
            this.routing = routing;
        }

        @Override
        public void write(int one) throws IOException {
            inTime(() -> out.write(one));
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            inTime(() -> out.write(bytes, offset, length));
        }

        @Override
        public void flush() throws IOException {
            inTime(out::flush);
        }

        @Override
        public void close() throws IOException {
            inTime(out::close);
        }

        private void inTime(Writing writing) throws IOException {
            Deadline deadline = new Deadline(routing, Thread.currentThread());
            ScheduledFuture<?> passing = timer.schedule(deadline, patienceNanos, TimeUnit.NANOSECONDS);
            try {
                writing.run();
            } finally {
                deadline.end();
                passing.cancel(false);
            }
        }
    }

    /** Runs when it has passed. */
    private static final class Deadline implements Runnable {
        private final RoutingContext routing;
        private final Thread writer;
        private boolean ended;
        private boolean passed;

        Deadline(RoutingContext routing, Thread writer) {
            this.routing = routing;
            this.writer = writer;
        }

        @Override
        public synchronized void run() {
            if (ended) {
                return;
            }
            passed = true;
            LOG.warn("answer broken off because its reader takes nothing").write();
            if (routing.request().version() == HttpVersion.HTTP_2) {
                routing.response().reset();
            } else {
                BrokenOff.cut(routing);
            }
            // Who waits to write to a stream is not told that it was reset.
            writer.interrupt();
        }

        /** Ends the writing, and with it what its writer was told. Call on the thread that writes. */
        synchronized void end() {
            ended = true;
            if (passed) {
                Thread.interrupted();
            }
        }
    }

    @PreDestroy
    void close() {
        timer.shutdownNow();
    }
}
