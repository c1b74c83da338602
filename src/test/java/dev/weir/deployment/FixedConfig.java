package dev.weir.deployment;

import java.nio.file.Path;
import java.time.Duration;

/** The configuration as it is by default, over a directory. */
record FixedConfig(Path directory) implements DeploymentConfig {

    @Override
    public Duration timeout() {
        return Duration.ofSeconds(5);
    }

    @Override
    public Duration maxTimeout() {
        return Duration.ofSeconds(60);
    }

    @Override
    public int queue() {
        return 256;
    }

    @Override
    public int parallelLoads() {
        return 2;
    }
}
