package dev.weir.api.audit;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;

/** How the record of predictions is read. */
@ConfigMapping(prefix = "weir.reading")
public interface ReadingConfig {

    /** Searches that run at the same time; further ones are refused. */
    @WithDefault("8")
    @Min(1)
    @Max(256)
    int parallel();
}
