package dev.weir.replay;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** How predictions are run again. */
@ConfigMapping(prefix = "weir.replay")
public interface ReplayConfig {

    /** How long a replay may take, the time it waits for others and the load of its version included. */
    @WithDefault("60s")
    @DurationMin(millis = 100)
    @DurationMax(hours = 1)
    Duration timeout();

    /** Replays that may wait while another runs; further ones are refused for now. */
    @WithDefault("4")
    @Min(0)
    @Max(1000)
    int queue();
}
