package dev.weir.health;

import dev.weir.inference.Ticker;
import io.quarkus.runtime.Startup;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/** Alive as long as an event loop still beats. */
@Liveness
@Startup
@ApplicationScoped
public class EventLoopLiveness implements HealthCheck {

    private static final long BEAT_MILLIS = 1_000;
    private static final Duration STALE = Duration.ofSeconds(30);

    private final Ticker ticker;
    private volatile long lastBeat;

    /** Starts to beat. */
    @Inject
    public EventLoopLiveness(Vertx vertx, Ticker ticker) {
        this.ticker = ticker;
        this.lastBeat = ticker.nanos();
        vertx.setPeriodic(BEAT_MILLIS, id -> lastBeat = this.ticker.nanos());
    }

    @Override
    public HealthCheckResponse call() {
        long silence = ticker.nanos() - lastBeat;
        return HealthCheckResponse.named("event loop")
                .status(silence < STALE.toNanos())
                .withData("silentMillis", Duration.ofNanos(silence).toMillis())
                .build();
    }
}
