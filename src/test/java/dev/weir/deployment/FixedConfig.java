package dev.weir.deployment;

import java.nio.file.Path;
import java.time.Duration;

/**
 * The configuration as it is by default, over a directory.
 *
 * @param directory the directory of deployment files
 * @param loadTimeout how long a version may take to load
 */
record FixedConfig(Path directory, Duration loadTimeout) implements DeploymentConfig {

    FixedConfig(Path directory) {
        this(directory, Duration.ofMinutes(5));
    }

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

    @Override
    public Duration loadTimeout() {
        return loadTimeout;
    }
}
