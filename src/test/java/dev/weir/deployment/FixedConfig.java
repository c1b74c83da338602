package dev.weir.deployment;

import java.nio.file.Path;
import java.time.Duration;

/**
 * The configuration as it is by default but for what a test names, over a directory.
 *
 * @param directory the directory of deployment files
 * @param timeout how long a request may take
 * @param allowNone whether no file at all is fine
 */
record FixedConfig(Path directory, Duration timeout, boolean allowNone) implements DeploymentConfig {

    FixedConfig(Path directory) {
        this(directory, Duration.ofSeconds(5), false);
    }

    @Override
    public Duration maxTimeout() {
        return Duration.ofSeconds(60);
    }

    @Override
    public Duration poll() {
        return Duration.ofSeconds(10);
    }

    @Override
    public int queue() {
        return 256;
    }
}
