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

    /** How long a shutdown waits for the sinks. */
    private static final Duration DELIVERY_TIMEOUT = Duration.ofSeconds(5);

    private final Supplier<@Nullable ChainHead> head;
    private final Path file;
    private final Keyring keyring;
    private final Duration every;
    private final InstantSource clock;
    private final Ticker ticker;
    private final List<Delivery> deliveries;
    private final CountDownLatch stopped = new CountDownLatch(1);

    /** Guarded by this, as all below. */
    private @Nullable ChainHead last;

    private long lastAt;

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
        this.deliveries = sinks.stream().map(Delivery::new).toList();
    }

    void onStart(@Observes @Priority(250) StartupEvent event) {
        if (head.get() != null) {
            start();
            Thread.ofPlatform().name("weir-log-checkpoints").daemon().start(this::run);
        }
    }

    /** After the log was closed, so that the last checkpoint covers all of it. */
    void onStop(@Observes @Priority(LocalPredictionLog.CLOSED_AT + 10) ShutdownEvent event) {
        stopped.countDown();
        stop(DELIVERY_TIMEOUT);
    }

    /** Begins to hand over. */
    void start() {
        deliveries.forEach(Delivery::start);
    }

    /** Signs the end of the log, and hands over what can be handed over in this time. */
    void stop(Duration atMost) {
        look(true);
        deliveries.forEach(Delivery::stopSoon);
        long end = ticker.nanos() + atMost.toNanos();
        try {
            for (Delivery delivery : deliveries) {
                delivery.awaitEnd(Duration.ofNanos(end - ticker.nanos()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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
     * Signs a checkpoint if it is time, and lets the sinks have it; waits for none of them.
     *
     * @param atOnce whether it is time as soon as anything was written
     */
    synchronized void look(boolean atOnce) {
        try {
            ChainHead now = head.get();
            if (now != null && now.position().seq() > 0 && !now.equals(last) && (atOnce || isDue(now))) {
                sign(now);
            }
        } catch (IOException | RuntimeException e) { // the next look tries again
            LOG.error("a checkpoint of the prediction log can't be written")
                    .cause(e)
                    .write();
        }
        deliveries.forEach(Delivery::tryAgain);
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
        deliveries.forEach(delivery -> delivery.add(checkpoint));
    }
}
