package dev.weir.outcome;

import io.quarkus.runtime.configuration.MemorySize;
import java.math.BigInteger;
import java.time.Duration;

/**
 * A configuration of outcomes as a test wants it.
 *
 * @param maxPending outcomes that may wait
 * @param maxLate outcomes that may be kept without a prediction
 */
record OutcomeSettings(int maxPending, int maxLate) implements OutcomeConfig {

    OutcomeSettings(int most) {
        this(most, most);
    }

    @Override
    public Duration retention() {
        return Duration.ofDays(365);
    }

    @Override
    public Duration pendingAge() {
        return Duration.ofDays(7);
    }

    @Override
    public MemorySize maxValue() {
        return new MemorySize(BigInteger.valueOf(4_096));
    }

    @Override
    public MemorySize maxLine() {
        return new MemorySize(BigInteger.valueOf(16_384));
    }

    @Override
    public int maxLines() {
        return 1_000;
    }

    @Override
    public Duration uploadTimeout() {
        return Duration.ofMinutes(1);
    }
}
