package dev.weir.servable;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import java.util.OptionalInt;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** The threads that compute predictions. */
@ConfigMapping(prefix = "weir.compute")
public interface ComputeConfig {

    /**
     * Threads that run native calls, shared by all versions. By default as many as the cores granted to the process,
     * container limits included.
     */
    @Min(1)
    @Max(1024)
    OptionalInt threads();

    /** How long shutdown waits for running native calls before it gives up on closing their models. */
    @WithDefault("10s")
    @DurationMin(seconds = 0)
    @DurationMax(days = 1)
    Duration drainTimeout();

    /**
     * Runs of each of a version's golden samples before it serves, or of a made-up row where it has none (once at least), so that
     * callers do not pay for first-run costs.
     */
    @WithDefault("5")
    @Min(0)
    @Max(10_000)
    int warmUpRuns();

    /**
     * Rows up to which one native call answers several requests that wait for the same version; 1 for never. No request
     * waits for others to come. A version takes part if it answers its golden samples so as well, if that is worth it,
     * and if its session settings do not ask for repeatable answers: in a call of several rows a runtime may sum in
     * another order, so that the last bits of an answer differ.
     */
    @WithDefault("32")
    @Min(1)
    @Max(4096)
    int maxBatchRows();
}
