package dev.weir.predictionlog.sink;

import dev.weir.predictionlog.LogTail;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.StoredEntry;
import java.util.List;
import java.util.function.Supplier;

/** The local log as a forwarder reads it: whatever keeps it from being read is this machine's trouble, not the sink's. */
final class TailReading {

    private final LogTail tail;

    TailReading(LogTail tail) {
        this.tail = tail;
    }

    String replica() {
        return tail.replica();
    }

    List<StoredEntry> after(Position position, Forwarding.Limits limits) throws SinkTrouble {
        return read(() -> tail.after(position, limits.entries(), limits.bytes()));
    }

    boolean deletedBetween(Position after, Position before) throws SinkTrouble {
        return read(() -> tail.deletedBetween(after, before));
    }

    Position end() throws SinkTrouble {
        return read(tail::end);
    }

    private static <T> T read(Supplier<T> what) throws SinkTrouble {
        try {
            return what.get();
        } catch (RuntimeException e) {
            throw new SinkTrouble(Trouble.LOG_UNREADABLE, "the local log can't be read", e);
        }
    }
}
