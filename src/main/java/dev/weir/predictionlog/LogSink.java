package dev.weir.predictionlog;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A place that entries are forwarded to. Each sink has a thread of its own, which alone calls these methods, one at a time,
 * and which they may block; so a sink that hangs costs the others nothing.
 *
 * <p>Entries arrive in the order of their positions, each at least once. A sink that keeps the position in the same
 * transaction as the entries has each exactly once.
 */
public interface LogSink extends AutoCloseable {

    /** Returns its name in configuration, metrics and logs. */
    String name();

    /**
     * Opens it. Called again, after a pause, when it or a write failed.
     *
     * @param replica whose entries will be written
     * @return the last position it has of them, {@link Position#START} for none, or null when it keeps none: the forwarder
     *     then keeps it
     * @throws IOException when it can't be reached now
     */
    @Nullable
    Position open(String replica) throws IOException;

    /**
     * Writes entries; all of them are safe there when this returns.
     *
     * @param entries one or more of one replica, by growing position
     * @throws IOException when it can't be reached now; nothing is lost, and the same entries come again after {@link #open}
     * @throws Refused when it will never take one of them; the forwarder finds out which, and puts it aside
     */
    void write(List<StoredEntry> entries) throws IOException, Refused;

    /** Closes it; called before {@link #open} is called again, and at the end. */
    @Override
    void close();

    /** Entries that a sink takes at no time. */
    final class Refused extends Exception {
        /** Says why. */
        public Refused(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}
