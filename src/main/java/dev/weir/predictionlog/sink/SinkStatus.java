package dev.weir.predictionlog.sink;

import dev.weir.predictionlog.Position;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How forwarding to one sink goes.
 *
 * @param name the sink's name in configuration
 * @param type its kind
 * @param state what its forwarder does
 * @param since since when it does that
 * @param trouble what keeps it from going on; null when nothing does
 * @param position up to where entries are safe there; null while that is not known
 * @param lagRecords how many entries of the log are not safe there; null while nobody can tell where the log ends
 * @param lag how old the oldest of them is, or may be
 * @param forwarded entries that it took since the start of this process
 * @param deadLetters entries that were put aside and still are
 */
public record SinkStatus(
        String name,
        String type,
        State state,
        Instant since,
        @Nullable Trouble trouble,
        @Nullable Position position,
        @Nullable Long lagRecords,
        Duration lag,
        long forwarded,
        long deadLetters) {

    /** What a forwarder does. */
    public enum State {
        /** It opens the sink for the first time. */
        OPENING,
        /** It writes what comes. */
        FORWARDING,
        /** It failed, and tries again after pauses. */
        FAILING,
        /** It ended. */
        STOPPED;

        /** Returns the word used in answers. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
