package dev.weir.predictionlog.local;

import dev.weir.predictionlog.GapRecord.Reason;
import dev.weir.predictionlog.local.LogHealth.Trouble;
import dev.weir.telemetry.Meters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What the log counts. Thread-safe. */
final class LogMeters {

    private final Counter written;
    private final Counter unacknowledged;
    private final Counter dropped;
    private final Counter faulty;
    private final Counter deleted;
    private final Timer commits;
    private final Map<Trouble, Counter> failures = new EnumMap<>(Trouble.class);

    LogMeters(MeterRegistry registry) {
        written = Meters.LOG_RECORDS.counter(registry, "written");
        unacknowledged = Meters.LOG_RECORDS.counter(registry, "unacknowledged");
        dropped = Meters.LOG_RECORDS.counter(registry, "dropped");
        faulty = Meters.LOG_RECORDS.counter(registry, "faulty");
        deleted = Meters.LOG_SEGMENTS_DELETED.counter(registry);
        commits = Meters.LOG_COMMIT_DURATION.timer(registry);
        for (Trouble trouble : Trouble.values()) {
            failures.put(trouble, Meters.LOG_COMMIT_FAILURES.counter(registry, trouble.word()));
        }
    }

    void written(long records, long told) {
        written.increment((double) records);
        unacknowledged.increment((double) told);
    }

    void lost(Reason reason) {
        if (reason == Reason.FAULT) {
            faulty.increment();
        } else {
            dropped.increment();
        }
    }

    void committed(long nanos) {
        commits.record(nanos, TimeUnit.NANOSECONDS);
    }

    void failed(Trouble trouble) {
        Counter counter = failures.get(trouble);
        if (counter != null) {
            counter.increment();
        }
    }

    void deleted() {
        deleted.increment();
    }
}
