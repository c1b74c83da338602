package dev.weir.outcome;

import dev.weir.inference.Bytes;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** Outcomes: the truth about predictions. They are kept in the state directory. */
@ConfigMapping(prefix = "weir.outcomes")
public interface OutcomeConfig {

    /** How long outcomes are kept. */
    @WithDefault("400d")
    @DurationMin(hours = 1)
    @DurationMax(days = 3_660)
    Duration retention();

    /** Outcomes that are kept although the log has no such prediction yet; further ones are refused. */
    @WithDefault("100000")
    @Min(0)
    @Max(10_000_000)
    int maxPending();

    /** How long such an outcome waits for its prediction before it is forgotten. */
    @WithDefault("7d")
    @DurationMin(minutes = 1)
    @DurationMax(days = 366)
    Duration pendingAge();

    /** Outcomes that are kept although their prediction is older than records are kept; further ones are refused. */
    @WithDefault("100000")
    @Min(0)
    @Max(10_000_000)
    int maxLate();

    /** The largest value of an outcome in bytes of JSON. */
    @WithDefault("4K")
    @Bytes(min = 16, max = 1_048_576)
    MemorySize maxValue();

    /** The largest line of a request in bytes. */
    @WithDefault("16K")
    @Bytes(min = 256, max = 4_194_304)
    MemorySize maxLine();

    /** The most lines of a request. */
    @WithDefault("50000")
    @Min(1)
    @Max(1_000_000)
    int maxLines();

    /** How long the lines of a request may take to arrive. */
    @WithDefault("5m")
    @DurationMin(seconds = 1)
    @DurationMax(hours = 1)
    Duration uploadTimeout();
}
