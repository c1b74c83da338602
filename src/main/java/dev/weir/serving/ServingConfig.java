package dev.weir.serving;

import dev.weir.inference.Bytes;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** What predictions may take in all. */
@ConfigMapping(prefix = "weir.serving")
public interface ServingConfig {

    /** Bytes that all requests together may hold: bodies, decoded tensors, queued work. */
    @WithDefault("256M")
    @Bytes(min = 1)
    MemorySize byteBudget();

    /** The deployment that answers where a protocol names none ({@code /invocations}); its file must exist. */
    Optional<String> defaultDeployment();

    /** How long shutdown waits for admitted requests to be answered. */
    @WithDefault("20s")
    @DurationMin(seconds = 0)
    @DurationMax(days = 1)
    Duration drainTimeout();
}
