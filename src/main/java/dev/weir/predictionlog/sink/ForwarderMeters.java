package dev.weir.predictionlog.sink;

import dev.weir.telemetry.Meters;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;
import java.util.function.Supplier;

/** The meters of one forwarder. */
final class ForwarderMeters {

    /** What became of an entry. */
    enum Result {
        /** The sink took it. */
        OK,
        /** The sink refused it, and it was put aside. */
        DEAD_LETTER,
        /** It marks what the log deleted before it was forwarded. */
        GAP,
        /** A call of the sink failed; the entries come again. */
        FAILED
    }

    private final MeterRegistry registry;
    private final String sink;

    ForwarderMeters(MeterRegistry registry, String sink) {
        this.registry = registry;
        this.sink = sink;
    }

    void count(Result result, int entries) {
        Meters.LOG_FORWARDED
                .counter(registry, sink, result.name().toLowerCase(Locale.ROOT))
                .increment(entries);
    }

    private static double lagRecords(SinkStatus status) {
        Long records = status.lagRecords();
        return records == null ? Double.NaN : records;
    }

    /** Shows a forwarder's state. */
    void show(Supplier<SinkStatus> status) {
        for (Result result : Result.values()) {
            count(result, 0);
        }
        Meters.LOG_LAG_SECONDS.gauge(registry, status, now -> now.get().lag().toNanos() / 1e9, sink);
        Meters.LOG_LAG_RECORDS.gauge(registry, status, now -> lagRecords(now.get()), sink);
        Meters.LOG_DEAD_LETTERS.gauge(registry, status, now -> now.get().deadLetters(), sink);
        Meters.LOG_SINK_FAILING.gauge(registry, status, now -> now.get().trouble() == null ? 0 : 1, sink);
    }
}
