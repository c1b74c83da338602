package dev.weir.serving;

import io.quarkus.runtime.configuration.MemorySize;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Optional;

/** The configuration as it is by default, but for what a test names. */
record FixedServingConfig(Optional<String> defaultDeployment, Duration drainTimeout) implements ServingConfig {

    static FixedServingConfig answeringBy(Optional<String> deployment) {
        return new FixedServingConfig(deployment, Duration.ofSeconds(20));
    }

    static FixedServingConfig draining(Duration patience) {
        return new FixedServingConfig(Optional.empty(), patience);
    }

    @Override
    public MemorySize byteBudget() {
        return new MemorySize(BigInteger.valueOf(256 << 20));
    }
}
