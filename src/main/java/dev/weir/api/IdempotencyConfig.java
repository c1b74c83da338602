package dev.weir.api;

import dev.weir.inference.Bytes;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** Answers that are kept for requests with an {@code Idempotency-Key}, which get them again when they are sent again. */
@ConfigMapping(prefix = "weir.api.idempotency")
public interface IdempotencyConfig {

    /** How long an answer is kept once it is given. */
    @WithDefault("10m")
    @DurationMin(millis = 1)
    @DurationMax(days = 1)
    Duration window();

    /**
     * Bytes that all kept answers together may take. The oldest go first when there are more. Keys of requests under way count
     * too and never go; further ones are refused where these take all.
     */
    @WithDefault("32M")
    @Bytes(min = 1 << 10)
    MemorySize bytes();
}
