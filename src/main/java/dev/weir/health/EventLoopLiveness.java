package dev.weir.health;

import dev.weir.inference.Ticker;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.quarkus.netty.MainEventLoopGroup;
import io.quarkus.runtime.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/**
 * Alive as long as every event loop beats. One that stands still is enough to be dead: its connections get no answers
 * any more, and nothing but a restart takes them off it. Models never run on event loops, so a slow one is no reason.
 */
@Liveness
@Startup
@Singleton
public class EventLoopLiveness implements HealthCheck {

    private static final long BEAT_MILLIS = 1_000;
    private static final Duration STALE = Duration.ofSeconds(30);

    private final Ticker ticker;
    private final List<Pulse> pulses = new ArrayList<>();

    /** Starts to beat on every event loop. */
    @Inject
    public EventLoopLiveness(@MainEventLoopGroup EventLoopGroup group, Ticker ticker) {
        this(
                StreamSupport.stream(group.spliterator(), false)
                        .<Loop>map(loop -> beat -> schedule(loop, beat))
                        .toList(),
                ticker);
    }

    EventLoopLiveness(List<Loop> loops, Ticker ticker) {
        this.ticker = ticker;
        for (Loop loop : loops) {
            Pulse pulse = new Pulse(ticker.nanos());
            pulses.add(pulse);
            loop.repeat(() -> pulse.last = ticker.nanos());
        }
    }

    /** An event loop, as far as it is watched. */
    @FunctionalInterface
    interface Loop {

        /** Runs a task again and again, for good. */
        void repeat(Runnable beat);
    }

    /** When a loop last moved; written by the loop, read by probes. */
    private static final class Pulse {
        private volatile long last;

        Pulse(long now) {
            last = now;
        }
    }

    private static void schedule(EventExecutor loop, Runnable beat) {
        ScheduledFuture<?> _ = loop.scheduleAtFixedRate(beat, BEAT_MILLIS, BEAT_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public HealthCheckResponse call() {
        long now = ticker.nanos();
        long silence = 0;
        int stale = 0;
        for (Pulse pulse : pulses) {
            long since = now - pulse.last;
            silence = Math.max(silence, since);
            if (since >= STALE.toNanos()) {
                stale++;
            }
        }
        return HealthCheckResponse.named("event loops")
                .status(stale == 0)
                .withData("eventLoops", pulses.size())
                .withData("silent", stale)
                .withData("silentMillis", Duration.ofNanos(silence).toMillis())
                .build();
    }
}
