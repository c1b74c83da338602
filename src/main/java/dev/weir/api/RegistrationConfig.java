package dev.weir.api;

import dev.weir.servable.Bytes;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.nio.file.Path;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** What one may hand over as a model version, and where it is kept until it is published. */
@ConfigMapping(prefix = "weir.registration")
public interface RegistrationConfig {

    /** The directory for what arrives; of this server alone, and emptied when it starts. */
    Path directory();

    /** Registrations that run at the same time; further ones are refused. */
    @WithDefault("2")
    @Min(1)
    @Max(64)
    int parallel();

    /** How long a registration may take to arrive. */
    @WithDefault("10m")
    @DurationMin(seconds = 1)
    @DurationMax(days = 1)
    Duration uploadTimeout();

    /** The largest registration in bytes, all its parts together. */
    @WithDefault("1G")
    @Bytes(min = 1, max = 2_147_483_647)
    MemorySize maxBody();

    /** The largest manifest, and the largest part of golden samples, in bytes; they are read into memory. */
    @WithDefault("4M")
    @Bytes(min = 1, max = 16_777_216)
    MemorySize maxDocument();

    /** The most parts of a registration; each file of a model is one. */
    @WithDefault("256")
    @Min(1)
    @Max(10_000)
    int maxParts();

    /** The most rows of training data. */
    @WithDefault("1000000")
    @Min(1)
    @Max(10_000_000)
    int maxTrainingRows();
}
