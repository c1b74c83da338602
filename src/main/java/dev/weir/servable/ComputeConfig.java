package dev.weir.servable;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.OptionalInt;

/** The threads that compute predictions. */
@ConfigMapping(prefix = "weir.compute")
public interface ComputeConfig {

    /**
     * Threads that run native calls, shared by all versions. By default as many as the cores granted to the process,
     * container limits included.
     */
    OptionalInt threads();

    /** How long shutdown waits for running native calls before it gives up on closing their models. */
    @WithDefault("10s")
    Duration drainTimeout();

    /**
     * Runs of each of a version's golden samples before it serves, or of one made-up row where it has none, so that
     * callers do not pay for first-run costs.
     */
    @WithDefault("5")
    int warmUpRuns();
}
