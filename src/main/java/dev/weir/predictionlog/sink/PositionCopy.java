package dev.weir.predictionlog.sink;

import dev.weir.inference.Ticker;
import dev.weir.predictionlog.Position;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The position up to which entries are safe in a sink, as it is saved on this machine: all that is known of it where the sink
 * keeps none, and else what is said of it while it can't be asked. Used by one thread.
 */
final class PositionCopy {

    /** How often the position of a sink that keeps its own is saved here too. */
    private static final Duration EVERY = Duration.ofSeconds(10);

    private final SavedPositions saved;
    private final Ticker ticker;
    private Position copied = Position.START;
    private long copiedNanos;

    PositionCopy(SavedPositions saved, Ticker ticker) {
        this.saved = saved;
        this.ticker = ticker;
        this.copiedNanos = ticker.nanos();
    }

    /** Reads it; null when there is none. */
    @Nullable
    Position load() throws SinkTrouble {
        Position there = saved.load();
        copied = there == null ? Position.START : there;
        return there;
    }

    /** Saves a position, if it is another one. */
    void save(Position safe) throws SinkTrouble {
        if (!safe.equals(copied)) {
            saved.save(safe);
            copied = safe;
        }
        copiedNanos = ticker.nanos();
    }

    /** Saves a position if none was for a while. */
    void saveNowAndThen(Position safe) throws SinkTrouble {
        if (ticker.nanos() - copiedNanos >= EVERY.toNanos()) {
            save(safe);
        }
    }
}
