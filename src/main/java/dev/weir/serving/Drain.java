package dev.weir.serving;

import dev.weir.deployment.ServingState;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/**
 * The first thing a shutdown does: become unready, refuse what comes new, and wait for what was admitted.
 *
 * <p>It waits while the server still listens, before {@link io.quarkus.runtime.ShutdownEvent}: by then connections are
 * closed, and callers who were promised an answer with them. Versions are unloaded after it.
 */
@Singleton
public class Drain {

    private static final Log LOG = Log.of(Drain.class);

    private final ServingState state;
    private final InFlight inFlight;
    private final ServingConfig config;

    /** Collects what a drain needs. */
    @Inject
    public Drain(ServingState state, InFlight inFlight, ServingConfig config) {
        this.state = state;
        this.inFlight = inFlight;
        this.config = config;
    }

    void onStop(@Observes ShutdownDelayInitiatedEvent event) {
        state.drain();
        try {
            boolean empty = inFlight.awaitNone(config.drainTimeout());
            Log.Line line = empty ? LOG.info("drained") : LOG.warn("requests left unanswered at shutdown");
            line.with(LogKey.COUNT, inFlight.count()).write();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
