package dev.weir.predictionlog.checkpoint;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** When the log says how far it went. */
@ConfigMapping(prefix = "weir.predictions.checkpoints")
public interface CheckpointConfig {

    /** How often a checkpoint is signed while records are written; the end of a segment has one too. */
    @WithDefault("5m")
    @DurationMin(millis = 100)
    @DurationMax(days = 1)
    Duration every();
}
