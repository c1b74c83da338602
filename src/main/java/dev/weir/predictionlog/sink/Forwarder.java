package dev.weir.predictionlog.sink;

import dev.weir.predictionlog.LogTail;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.local.SegmentKeeper;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The thread that forwards to one sink. Thread-safe. */
final class Forwarder {

    private static final Log LOG = Log.of(Forwarder.class);

    private final String name;
    private final String type;
    private final Duration maxLag;
    private final Forwarding forwarding;
    private final Progress progress;
    private final DeadLetters deadLetters;
    private final LogTail tail;
    private final InstantSource clock;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;

    Forwarder(
            String name,
            String type,
            Duration maxLag,
            Forwarding forwarding,
            Progress progress,
            DeadLetters deadLetters,
            LogTail tail,
            InstantSource clock) {
        this.name = name;
        this.type = type;
        this.maxLag = maxLag;
        this.forwarding = forwarding;
        this.progress = progress;
        this.deadLetters = deadLetters;
        this.tail = tail;
        this.clock = clock;
        // A sink that hangs must not keep the process.
        thread = Thread.ofPlatform().daemon().name("forward-" + name).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            for (Duration pause = forwarding.step(); pause != null; pause = forwarding.step()) {
                pause(pause);
            }
        } catch (InterruptedException e) {
            // it was given up
        } catch (Error e) {
            progress.settle(SinkStatus.State.STOPPED, Trouble.FAULT);
            LOG.error("forwarder died").with(LogKey.SINK, name).cause(e).write();
            throw e;
        }
    }

    /** Waits, but after {@link #stopSoon} only as long as it takes not to be a burden. */
    private void pause(Duration pause) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (pause.isZero()) {
            return;
        }
        if (stop.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
            Thread.sleep(Math.min(pause.toMillis(), 100));
        }
    }

    /** Asks to forward what is in the log by now, and then to end. */
    void stopSoon() {
        forwarding.stopSoon();
        stop.countDown();
    }

    /**
     * Waits for the end, and gives up after a while.
     *
     * @return whether everything was forwarded
     */
    boolean awaitEnd(Duration atMost) throws InterruptedException {
        if (thread.join(atMost.isNegative() ? Duration.ZERO : atMost)) {
            return progress.state() == SinkStatus.State.STOPPED && progress.trouble() == null;
        }
        thread.interrupt();
        return false;
    }

    String name() {
        return name;
    }

    /** Says whether a segment may go: its sink has it, or should have had it long ago. */
    boolean mayGo(SegmentKeeper.Expired segment) {
        return has(segment)
                || Instant.ofEpochMilli(segment.newestMillis()).plus(maxLag).isBefore(clock.instant());
    }

    private boolean has(SegmentKeeper.Expired segment) {
        Position safe = progress.safe();
        return !segment.replica().equals(tail.replica()) || (safe != null && safe.compareTo(segment.last()) >= 0);
    }

    SinkStatus status() {
        Position safe = progress.safe();
        Long records = lag(safe == null ? Position.START : safe);
        return new SinkStatus(
                name,
                type,
                progress.state(),
                progress.since(),
                progress.trouble(),
                safe,
                records,
                records != null && records == 0 ? Duration.ZERO : age(progress.behindSince()),
                progress.forwarded(),
                deadLetters.count());
    }

    private Duration age(Instant since) {
        Duration age = Duration.between(since, clock.instant());
        return age.isNegative() ? Duration.ZERO : age;
    }

    /**
     * Returns how many entries are not safe in the sink; of earlier starts of the server, those that can be told. Null when
     * nobody can tell where the log ends: that must not look as if the sink had everything.
     */
    private @Nullable Long lag(Position safe) {
        Position end;
        try {
            end = tail.end();
        } catch (RuntimeException e) {
            return null;
        }
        if (end.compareTo(safe) <= 0) {
            return 0L;
        }
        return end.incarnation() == safe.incarnation() ? end.seq() - safe.seq() : end.seq();
    }
}
