package dev.weir.api;

import io.quarkus.runtime.configuration.MemorySize;
import java.math.BigInteger;
import java.time.Duration;

/** Limits for tests, as the server has them by default unless said otherwise. */
public record Limits(int maxString, int maxRank, long maxElements, int maxTensors) implements ApiConfig {

    public static final Limits DEFAULT = new Limits(1 << 20, 8, 1 << 24, 256);

    @Override
    public MemorySize maxBody() {
        return new MemorySize(BigInteger.valueOf(16 << 20));
    }

    @Override
    public Duration bodyTimeout() {
        return Duration.ofSeconds(30);
    }

    @Override
    public int maxNesting() {
        return 32;
    }

    @Override
    public int maxNumber() {
        return 64;
    }

    @Override
    public int maxFieldName() {
        return 1024;
    }

    @Override
    public int maxMembers() {
        return 65536;
    }

    @Override
    public int maxRowErrors() {
        return 1000;
    }

    @Override
    public boolean adminEnabled() {
        return true;
    }
}
