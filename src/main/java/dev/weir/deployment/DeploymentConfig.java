package dev.weir.deployment;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;

/** What is served, and the limits of deployments that set none. */
@ConfigMapping(prefix = "weir.deployments")
public interface DeploymentConfig {

    /** The directory of deployment files, {@code *.yaml}. */
    Path directory();

    /** How long a request may take when neither its deployment nor its caller says. */
    @WithDefault("5s")
    Duration timeout();

    /** The longest time a caller may ask for. */
    @WithDefault("60s")
    Duration maxTimeout();

    /** Attempts that may wait for a version's compute threads when its deployment does not say. */
    @WithDefault("256")
    int queue();

    /** Versions that load at the same time. */
    @WithDefault("2")
    int parallelLoads();

    /**
     * How long one version may take to be fetched, loaded, checked and warmed. A version that takes longer is refused,
     * and the server starts without it.
     */
    @WithDefault("5m")
    Duration loadTimeout();
}
