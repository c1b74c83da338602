package dev.weir.serving;

import dev.weir.inference.ByteBudget;
import dev.weir.inference.Ticker;
import dev.weir.telemetry.Meters;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.InstantSource;

/** Makes the things every room is given instead of taking them: clocks and the byte budget. */
@ApplicationScoped
class ServingBeans {

    @Produces
    @Singleton
    InstantSource clock() {
        return Clock.systemUTC();
    }

    @Produces
    @Singleton
    Ticker ticker() {
        return System::nanoTime;
    }

    @Produces
    @Singleton
    ByteBudget byteBudget(ServingConfig config, MeterRegistry meters) {
        ByteBudget budget = new ByteBudget(config.byteBudget().asLongValue());
        Meters.BYTE_BUDGET_RESERVED.gauge(meters, budget, ByteBudget::reserved);
        Meters.BYTE_BUDGET_CAPACITY.gauge(meters, budget, ByteBudget::capacity);
        return budget;
    }
}
