package dev.weir.predictionlog.sink;

import dev.weir.inference.Ticker;
import dev.weir.predictionlog.Position;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** How far a forwarder is. Written by the forwarder's thread, read by any. */
final class Progress {

    /** How long a call may take before one says that it hangs. */
    private static final Duration LONG = Duration.ofSeconds(30);

    /** What the forwarder does, and since when. */
    private record Condition(
            SinkStatus.State state, @Nullable Trouble trouble, Instant since) {}

    private final InstantSource clock;
    private final Ticker ticker;
    private volatile Condition condition;
    private volatile @Nullable Position safe;
    private volatile @Nullable Instant pending;
    private volatile Instant complete;
    private volatile @Nullable Long callNanos;
    private final AtomicLong forwarded = new AtomicLong();

    Progress(InstantSource clock, Ticker ticker) {
        this.clock = clock;
        this.ticker = ticker;
        complete = clock.instant();
        condition = new Condition(SinkStatus.State.OPENING, null, complete);
    }

    SinkStatus.State state() {
        return condition.state();
    }

    /** Returns what keeps it from going on; null when nothing does. */
    @Nullable
    Trouble trouble() {
        Long began = callNanos;
        return began != null && ticker.nanos() - began > LONG.toNanos() ? Trouble.HANGING : condition.trouble();
    }

    Instant since() {
        return condition.since();
    }

    void settle(SinkStatus.State state, @Nullable Trouble trouble) {
        Condition now = condition;
        if (now.state() != state || now.trouble() != trouble) {
            condition = new Condition(state, trouble, clock.instant());
        }
    }

    /** Returns up to where entries are safe in the sink; null while that is not known. */
    @Nullable
    Position safe() {
        return safe;
    }

    void safe(Position position) {
        safe = position;
    }

    /**
     * Returns since when there may be entries that are not safe in the sink: the time of the oldest that was read, or the
     * last time there was none.
     */
    Instant behindSince() {
        Instant oldest = pending;
        return oldest == null ? complete : oldest;
    }

    /** Says that an entry was read, unless an older one is not safe yet. */
    void read(Instant time) {
        if (pending == null) {
            pending = time;
        }
    }

    /** Says when the oldest entry happened that was read and is not safe; null when there is none. */
    void pending(@Nullable Instant oldest) {
        pending = oldest;
    }

    /** Says that the sink has the whole log. */
    void complete() {
        pending = null;
        complete = clock.instant();
    }

    /** Returns how many entries the sink took. */
    long forwarded() {
        return forwarded.get();
    }

    void forwarded(int more) {
        forwarded.addAndGet(more);
    }

    /** A call to the sink, which may take long. */
    interface Call<T extends @Nullable Object, X extends Exception> {
        /** Makes it. */
        T make() throws IOException, X;
    }

    <T extends @Nullable Object, X extends Exception> T watch(Call<T, X> call) throws IOException, X {
        callNanos = ticker.nanos();
        try {
            return call.make();
        } finally {
            callNanos = null;
        }
    }
}
