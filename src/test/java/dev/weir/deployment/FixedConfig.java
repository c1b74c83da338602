package dev.weir.deployment;

import java.nio.file.Path;
import java.time.Duration;

/**
 * The configuration as it is by default but for what a test names, over a directory.
 *
 * @param directory the directory of deployment files
 * @param timeout how long a request may take
 * @param allowNone whether no file at all is fine
 * @param poll how often files are looked at
 */
record FixedConfig(Path directory, Duration timeout, boolean allowNone, Duration poll) implements DeploymentConfig {

    FixedConfig(Path directory) {
        this(directory, Duration.ofSeconds(10));
    }

    FixedConfig(Path directory, Duration poll) {
        this(directory, Duration.ofSeconds(5), false, poll);
    }

    FixedConfig(Path directory, Duration timeout, boolean allowNone) {
        this(directory, timeout, allowNone, Duration.ofSeconds(10));
    }

    @Override
    public Duration maxTimeout() {
        return Duration.ofSeconds(60);
    }

    @Override
    public int queue() {
        return 256;
    }
}
