package dev.weir.deployment;

import dev.weir.registry.RegistryConfig;
import dev.weir.telemetry.Log;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Refreshes what serves now and then, on a thread of its own. */
@ApplicationScoped
class RegistryWatch {

    private static final Log LOG = Log.of(RegistryWatch.class);
    private static final double JITTER = 0.2;

    private final SnapshotLoader loader;
    private final Duration every;
    private final CountDownLatch stopped = new CountDownLatch(1);

    @Inject
    RegistryWatch(SnapshotLoader loader, RegistryConfig config) {
        this.loader = loader;
        this.every = config.poll();
    }

    void onStart(@Observes @Priority(200) StartupEvent event) {
        if (every.isPositive()) {
            Thread.ofPlatform().name("weir-registry").daemon().start(this::watch);
        }
    }

    void onStop(@Observes @Priority(50) ShutdownEvent event) {
        stopped.countDown();
    }

    private void watch() {
        try {
            while (!stopped.await(
                    pause(every, ThreadLocalRandom.current().nextDouble()).toNanos(), TimeUnit.NANOSECONDS)) {
                refresh();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void refresh() {
        try {
            loader.look();
        } catch (RuntimeException | Error e) { // or nobody would look again
            LOG.error("refresh failed").cause(e).write();
        }
    }

    /**
     * Returns how long to wait: the interval, a fifth more or less, so that replicas do not ask all at once.
     *
     * @param random from 0 to 1
     */
    static Duration pause(Duration every, double random) {
        return Duration.ofNanos((long) (every.toNanos() * (1 - JITTER + 2 * JITTER * random)));
    }
}
