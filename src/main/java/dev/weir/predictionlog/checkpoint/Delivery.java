package dev.weir.predictionlog.checkpoint;

import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Hands checkpoints over to one place, on a thread of its own: a place that can't be reached delays nobody. Thread-safe. */
final class Delivery {

    /** Under the name of the class whose work it is. */
    private static final Log LOG = Log.of(Checkpoints.class);

    /** Checkpoints that wait; a newer one vouches for all before it. */
    private static final int WAITING = 100;

    private final CheckpointSink sink;
    private final Thread thread;

    /** What the place does not have yet; guarded by this, as all below. */
    private final Deque<SignedCheckpoint> waiting = new ArrayDeque<>();

    private boolean started;
    private boolean stopping;
    private boolean failing;

    /** Whether it may be tried again after a failure. */
    private boolean due;

    Delivery(CheckpointSink sink) {
        this.sink = sink;
        // A place that hangs must not keep the process.
        thread = Thread.ofPlatform()
                .daemon()
                .name("weir-log-checkpoints-" + sink.name())
                .unstarted(this::run);
    }

    synchronized void start() {
        if (!started) {
            started = true;
            thread.start();
        }
    }

    synchronized void add(SignedCheckpoint checkpoint) {
        if (waiting.size() == WAITING) {
            waiting.removeFirst();
        }
        waiting.addLast(checkpoint);
        notifyAll();
    }

    /** Lets it try again what failed. */
    synchronized void tryAgain() {
        due = true;
        notifyAll();
    }

    /** Asks to hand over what waits, trying once what fails, and then to end. */
    synchronized void stopSoon() {
        stopping = true;
        due = true;
        notifyAll();
    }

    /** Waits for the end, and gives up after a while. */
    void awaitEnd(Duration atMost) throws InterruptedException {
        synchronized (this) {
            if (!started) {
                return;
            }
        }
        boolean ended = thread.join(atMost.isNegative() ? Duration.ZERO : atMost);
        if (!ended) {
            thread.interrupt();
        }
        int left = left();
        if (left > 0) {
            LOG.warn("checkpoints could not be handed over before the end; they are in the file beside the log")
                    .with(LogKey.REASON, sink.name())
                    .with(LogKey.COUNT, left)
                    .write();
        }
    }

    private synchronized int left() {
        return waiting.size();
    }

    private void run() {
        try {
            for (SignedCheckpoint next = next(); next != null; next = next()) {
                deliver(next);
            }
        } catch (InterruptedException e) {
            // it was given up
        }
    }

    /** Waits for a checkpoint that should be handed over; null when there is to be none any more. */
    private synchronized @Nullable SignedCheckpoint next() throws InterruptedException {
        while (waiting.isEmpty() || (failing && !due)) {
            if (stopping) {
                return null;
            }
            wait();
        }
        due = false;
        return waiting.getFirst();
    }

    private void deliver(SignedCheckpoint checkpoint) {
        try {
            sink.keep(checkpoint);
            kept(checkpoint);
        } catch (IOException | RuntimeException e) { // it waits for the next look
            failed(e);
        }
    }

    private synchronized void kept(SignedCheckpoint checkpoint) {
        failing = false;
        if (checkpoint.equals(waiting.peekFirst())) {
            waiting.removeFirst();
        }
    }

    private synchronized void failed(Exception cause) {
        if (!failing) {
            failing = true;
            LOG.warn("checkpoints can't be handed over; it is tried again")
                    .with(LogKey.REASON, sink.name())
                    .cause(cause)
                    .write();
        }
    }
}
