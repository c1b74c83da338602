package dev.weir.audit;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** The record of who read payloads. It is kept in the state directory. */
@ConfigMapping(prefix = "weir.audit")
public interface AuditConfig {

    /** How long events are kept. */
    @WithDefault("400d")
    @DurationMin(days = 1)
    @DurationMax(days = 3_660)
    Duration retention();
}
