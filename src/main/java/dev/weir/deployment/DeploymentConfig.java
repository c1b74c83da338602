package dev.weir.deployment;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.nio.file.Path;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** What is served, and the limits of deployments that set none. */
@ConfigMapping(prefix = "weir.deployments")
public interface DeploymentConfig {

    /** The directory of deployment files, {@code *.yaml}. */
    Path directory();

    /**
     * How often the files are looked at beside whenever the file system tells that something happened to them; 0 for never,
     * neither way: they are read at start only.
     */
    @WithDefault("10s")
    @DurationMin
    @DurationMax(days = 1)
    Duration poll();

    /** How long a request may take when neither its deployment nor its caller says; at most {@code max-timeout}. */
    @WithDefault("5s")
    @DurationMin(millis = 1)
    Duration timeout();

    /** The longest time a caller may ask for. */
    @WithDefault("60s")
    @DurationMin(millis = 1)
    @DurationMax(days = 1)
    Duration maxTimeout();

    /** Attempts that may wait for a version's compute threads when its deployment does not say. */
    @WithDefault("256")
    @Min(0)
    @Max(1_000_000)
    int queue();

    /** Whether the server is ready with no deployment file at all, such as before the first is written. */
    @WithDefault("false")
    boolean allowNone();
}
