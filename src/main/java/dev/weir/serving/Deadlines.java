package dev.weir.serving;

import io.netty.util.HashedWheelTimer;
import io.netty.util.Timeout;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Wakes requests whose time is over, within a hundredth of a second, on one thread for all of them. */
@Singleton
public class Deadlines {

    private static final long TICK_MILLIS = 10;

    private final HashedWheelTimer wheel = new HashedWheelTimer(
            Thread.ofPlatform().name("weir-deadlines").daemon().factory(), TICK_MILLIS, TimeUnit.MILLISECONDS, 512);

    private Timeout schedule(long delayNanos, Runnable action) {
        return wheel.newTimeout(timeout -> action.run(), Math.max(0, delayNanos), TimeUnit.NANOSECONDS);
    }

    @PreDestroy
    void stop() {
        wheel.stop();
    }

    /** One request's timer; it may be cancelled before it was started. The lock orders start and cancel. */
    static final class Timer {
        private @Nullable Timeout timeout;
        private boolean cancelled;

        synchronized void start(Deadlines deadlines, long delayNanos, Runnable action) {
            if (!cancelled) {
                timeout = deadlines.schedule(delayNanos, action);
            }
        }

        synchronized void cancel() {
            cancelled = true;
            if (timeout != null) {
                timeout.cancel();
            }
        }
    }
}
