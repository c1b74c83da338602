package dev.weir.predictionlog.checkpoint;

import dev.weir.inference.Ticker;
import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.PredictionLogConfig;
import dev.weir.predictionlog.local.ChainHead;
import dev.weir.predictionlog.local.LocalPredictionLog;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Signs how far the log went, now and then, at the end of a segment and at the end of all: into a file beside the log, into the
 * server's own log, which most operators ship to another machine anyway, and to every {@link CheckpointSink}. A sink that
 * can't be reached gets them later, as far as there are not too many.
 */
@ApplicationScoped
public class Checkpoints {

    private static final Log LOG = Log.of(Checkpoints.class);

    /** How often it is looked whether a segment ended. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    /** Checkpoints that wait for a sink; a newer one vouches for all before it. */
    private static final int WAITING = 100;

    private final Supplier<@Nullable ChainHead> head;
    private final Path file;
    private final Keyring keyring;
    private final Duration every;
    private final InstantSource clock;
    private final Ticker ticker;
    private final List<Delivery> deliveries = new ArrayList<>();
    private final CountDownLatch stopped = new CountDownLatch(1);

    /** Guarded by this, as all below. */
    private @Nullable ChainHead last;

    private long lastAt;

    /** What a sink does not have yet. */
    private static final class Delivery {
        private final CheckpointSink sink;
        private final Deque<SignedCheckpoint> waiting = new ArrayDeque<>();
        private boolean failing;

        Delivery(CheckpointSink sink) {
            this.sink = sink;
        }
    }

    @Inject
    Checkpoints(
            LocalPredictionLog log,
            PredictionLogConfig logConfig,
            Keyring keyring,
            CheckpointConfig config,
            @Any Instance<CheckpointPlaces> places,
            InstantSource clock,
            Ticker ticker) {
        this(
                log::currentHead,
                logConfig.directory().resolve(CheckpointFile.NAME),
                keyring,
                config.every(),
                places.stream().flatMap(each -> each.places().stream()).toList(),
                clock,
                ticker);
    }

    Checkpoints(
            Supplier<@Nullable ChainHead> head,
            Path file,
            Keyring keyring,
            Duration every,
            List<CheckpointSink> sinks,
            InstantSource clock,
            Ticker ticker) {
        this.head = head;
        this.file = file;
        this.keyring = keyring;
        this.every = every;
        this.clock = clock;
        this.ticker = ticker;
        this.lastAt = ticker.nanos();
        sinks.forEach(sink -> deliveries.add(new Delivery(sink)));
    }

    void onStart(@Observes @Priority(250) StartupEvent event) {
        if (head.get() != null) {
            Thread.ofPlatform().name("weir-log-checkpoints").daemon().start(this::run);
        }
    }

    /** After the log was closed, so that the last checkpoint covers all of it. */
    void onStop(@Observes @Priority(LocalPredictionLog.CLOSED_AT + 10) ShutdownEvent event) {
        stopped.countDown();
        look(true);
    }

    private void run() {
        try {
            while (!stopped.await(LOOK.toNanos(), TimeUnit.NANOSECONDS)) {
                look(false);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Signs a checkpoint if it is time, and hands over what sinks do not have.
     *
     * @param atOnce whether it is time as soon as anything was written
     */
    synchronized void look(boolean atOnce) {
        try {
            ChainHead now = head.get();
            if (now != null && now.position().seq() > 0 && !now.equals(last) && (atOnce || isDue(now))) {
                sign(now);
            }
            deliveries.forEach(Checkpoints::deliver);
        } catch (IOException | RuntimeException e) { // the next look tries again
            LOG.error("a checkpoint of the prediction log can't be written")
                    .cause(e)
                    .write();
        }
    }

    private boolean isDue(ChainHead now) {
        ChainHead before = last;
        return (before != null && before.position().segment() != now.position().segment())
                || ticker.nanos() - lastAt >= every.toNanos();
    }

    private void sign(ChainHead now) throws IOException {
        SignedCheckpoint checkpoint = SignedCheckpoint.of(now, clock.instant(), keyring);
        CheckpointFile.add(file, checkpoint);
        last = now;
        lastAt = ticker.nanos();
        LOG.info("prediction log checkpoint")
                .with(LogKey.CHECKPOINT, checkpoint.toLine())
                .write();
        for (Delivery delivery : deliveries) {
            if (delivery.waiting.size() == WAITING) {
                delivery.waiting.removeFirst();
            }
            delivery.waiting.addLast(checkpoint);
        }
    }

    private static void deliver(Delivery delivery) {
        try {
            for (SignedCheckpoint next = delivery.waiting.peekFirst();
                    next != null;
                    next = delivery.waiting.peekFirst()) {
                delivery.sink.keep(next);
                delivery.waiting.removeFirst();
            }
            delivery.failing = false;
        } catch (IOException | RuntimeException e) { // one sink costs the others nothing
            if (!delivery.failing) {
                delivery.failing = true;
                LOG.warn("checkpoints can't be handed over; it is tried again")
                        .with(LogKey.REASON, delivery.sink.name())
                        .cause(e)
                        .write();
            }
        }
    }
}
