package dev.weir.api;

import dev.weir.failure.FailureCode;
import dev.weir.inference.Ticker;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/** Lets through one failure of each code per second, so that an overload does not become an overload of logs. Thread-safe. */
final class LogThrottle {

    private static final long INTERVAL_NANOS = Duration.ofSeconds(1).toNanos();

    private final Ticker ticker;
    private final Map<FailureCode, Window> windows = new EnumMap<>(FailureCode.class);

    LogThrottle(Ticker ticker) {
        this.ticker = ticker;
        for (FailureCode code : FailureCode.values()) {
            windows.put(code, new Window());
        }
    }

    /**
     * Counts a failure.
     *
     * @return how many of this code there were since one was let through, this one included, or 0 to keep silent
     */
    long pass(FailureCode code) {
        Window window = windows.get(code);
        return window == null ? 1 : window.pass(ticker.nanos());
    }

    /** The failures of one code. The lock makes counting and letting through one step. */
    private static final class Window {
        private long held;
        private long begun;
        private boolean used;

        synchronized long pass(long now) {
            held++;
            if (used && now - begun < INTERVAL_NANOS) {
                return 0;
            }
            used = true;
            begun = now;
            long count = held;
            held = 0;
            return count;
        }
    }
}
