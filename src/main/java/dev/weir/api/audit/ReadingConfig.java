package dev.weir.api.audit;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** How the record of predictions is read. */
@ConfigMapping(prefix = "weir.reading")
public interface ReadingConfig {

    /** Searches that run at the same time; further ones are refused. */
    @WithDefault("8")
    @Min(1)
    @Max(256)
    int parallel();

    /** How long a reader of found records may take nothing before its answer is broken off. */
    @WithDefault("30s")
    @DurationMin(millis = 100)
    @DurationMax(hours = 1)
    Duration writeTimeout();
}
