package dev.weir.registry;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** Where model versions come from. */
@ConfigMapping(prefix = "weir.registry")
public interface RegistryConfig {

    /**
     * The kind of registry: {@code directory}, or one on another machine, {@code s3} or {@code mlflow},
     * whose versions are kept in a cache on this machine's disk.
     */
    @WithDefault("directory")
    String source();

    /** With source {@code directory}, the directory of model versions: {@code <model>/<version>/manifest.json} and the files it lists. */
    Path directory();

    /** How often the registry is read, give or take a fifth; 0 for only at start and on demand. */
    @WithDefault("10s")
    @DurationMin
    @DurationMax(days = 1)
    Duration poll();

    /** Versions that load at the same time. */
    @WithDefault("2")
    @Min(1)
    @Max(64)
    int parallelLoads();

    /**
     * How long one version may take to be fetched, and then again to be loaded, checked and warmed. A version that takes
     * longer is refused, and the server goes on without it. One that was not fetched in time is tried again by itself.
     */
    @WithDefault("5m")
    @DurationMin(seconds = 1)
    @DurationMax(days = 1)
    Duration loadTimeout();

    /**
     * What every version's manifest must say before it may serve in any deployment, one demand each, such as
     * {@code lineage.git_commit} or {@code metrics.auc >= 0.9}; nothing by default.
     */
    Optional<List<String>> policy();
}
