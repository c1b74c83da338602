package dev.weir.predictionlog.local;

import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.GapRecord.Reason;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Counts the records that are not written, until the log says so. Any thread may add; one takes. */
final class GapCounts {

    private final InstantSource clock;
    private final Map<Key, Count> counts = new ConcurrentHashMap<>();
    private Instant taken;

    GapCounts(InstantSource clock) {
        this.clock = clock;
        this.taken = clock.instant();
    }

    private record Key(String deployment, Reason reason) {}

    private static final class Count {
        final LongAdder records = new LongAdder();
        final AtomicLong fromMicros = new AtomicLong(Long.MAX_VALUE);
        final AtomicLong toMicros = new AtomicLong(Long.MIN_VALUE);
    }

    void add(String deployment, Reason reason) {
        Count count = counts.computeIfAbsent(new Key(deployment, reason), key -> new Count());
        long now = EntryCodec.micros(clock.instant());
        // before the record is counted, so that a count that is taken has its times
        if (now < count.fromMicros.get()) {
            count.fromMicros.accumulateAndGet(now, Math::min);
        }
        if (now > count.toMicros.get()) {
            count.toMicros.accumulateAndGet(now, Math::max);
        }
        count.records.increment();
    }

    /** Says whether nothing was counted since it was taken. */
    boolean isEmpty() {
        return counts.values().stream().allMatch(count -> count.records.sum() == 0);
    }

    /** Returns what was counted since the last call, and forgets it. */
    List<GapRecord> take() {
        Instant now = clock.instant();
        List<GapRecord> gaps = new ArrayList<>();
        counts.forEach((key, count) -> {
            long records = count.records.sumThenReset();
            if (records > 0) {
                // a record that is counted only now may leave its times here; then it happened between the calls
                long from = count.fromMicros.getAndSet(Long.MAX_VALUE);
                long to = count.toMicros.getAndSet(Long.MIN_VALUE);
                Instant begin = from == Long.MAX_VALUE ? taken : EntryCodec.instant(from);
                Instant end = to == Long.MIN_VALUE ? now : EntryCodec.instant(to);
                gaps.add(new GapRecord(
                        begin, end.isBefore(begin) ? begin : end, key.deployment(), records, key.reason()));
            }
        });
        taken = now;
        return gaps;
    }
}
