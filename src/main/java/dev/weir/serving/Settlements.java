package dev.weir.serving;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.ConfigurationRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.failure.RequestRejected;
import dev.weir.failure.StoreUnavailable;
import dev.weir.failure.WeirException;
import dev.weir.inference.Settlement;
import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ServableStatistics;
import dev.weir.telemetry.Meters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Where settlements are published: every count of what variants did starts here. Thread-safe. */
@Singleton
public class Settlements {

    private record Key(
            String deployment, VersionRef version, String variant, VariantRole role, Settlement.Result result) {}

    private record Handles(Counter executions, Counter rows, Timer queue, Timer input, Timer compute, Timer output) {}

    private final MeterRegistry meters;
    private final Map<Key, Handles> handles = new ConcurrentHashMap<>();

    /** Uses a meter registry. */
    @Inject
    public Settlements(MeterRegistry meters) {
        this.meters = meters;
    }

    /** Publishes a settlement, before its answer leaves. */
    public void publish(Settlement settlement, ServableStatistics statistics) {
        statistics.add(settlement);
        Key key = new Key(
                settlement.deployment(),
                settlement.version(),
                settlement.variant(),
                settlement.role(),
                settlement.result());
        Handles handle = handles.get(key);
        if (handle == null) {
            handle = handles.computeIfAbsent(key, this::register);
        }
        handle.executions().increment();
        Settlement.Timing timing = settlement.timing();
        handle.queue().record(timing.queueNanos(), TimeUnit.NANOSECONDS);
        if (settlement.result() == Settlement.Result.OK) {
            handle.rows().increment(settlement.rows());
            handle.input().record(timing.inputNanos(), TimeUnit.NANOSECONDS);
            handle.compute().record(timing.computeNanos(), TimeUnit.NANOSECONDS);
            handle.output().record(timing.outputNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private Handles register(Key key) {
        VersionRef version = key.version();
        return new Handles(
                Meters.EXECUTIONS.counter(
                        meters,
                        key.deployment(),
                        version.model(),
                        version.version(),
                        key.variant(),
                        key.role().word(),
                        key.result().word()),
                Meters.ROWS.counter(meters, key.deployment(), version.model(), version.version()),
                Meters.PHASE_DURATION.timer(meters, key.deployment(), "queue"),
                Meters.PHASE_DURATION.timer(meters, key.deployment(), "input"),
                Meters.PHASE_DURATION.timer(meters, key.deployment(), "compute"),
                Meters.PHASE_DURATION.timer(meters, key.deployment(), "output"));
    }

    /** Returns how an attempt that failed so ended. */
    static Settlement.Result result(WeirException failure) {
        return switch (failure) {
            case Overloaded o -> Settlement.Result.REJECTED;
            case PredictionFailed p ->
                p.code() == FailureCode.DEADLINE_EXCEEDED
                        ? Settlement.Result.TIMEOUT
                        : p.code() == FailureCode.CANCELLED ? Settlement.Result.CANCELLED : Settlement.Result.ERROR;
            case RequestRejected r -> Settlement.Result.REFUSED;
            case ArtifactRejected a -> Settlement.Result.ERROR;
            case RegistryUnavailable u -> Settlement.Result.ERROR;
            case StoreUnavailable u -> Settlement.Result.ERROR;
            case ConfigurationRejected c -> Settlement.Result.ERROR;
        };
    }
}
