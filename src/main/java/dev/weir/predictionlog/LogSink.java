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
     * Writes entries.
     *
     * @param entries one or more of one replica, by growing position
     * @return the position up to which all entries are safe there: that of the last one, unless the sink collects entries
     *     before it keeps them
     * @throws IOException when it can't be reached now; what is not safe comes again after {@link #open}
     * @throws Refused when it will never take one of them, and has taken none; the forwarder finds out which, and puts it
     *     aside. The sink stays open
     */
    Position write(List<StoredEntry> entries) throws IOException, Refused;

    /**
     * Called every now and then while there is nothing to write.
     *
     * @param last whether nothing will be written any more, so that what is collected must become safe now
     * @return the position up to which all entries are safe there; null when that is all that was written
     * @throws IOException as {@link #write}
     */
    default @Nullable Position idle(boolean last) throws IOException {
        return null;
    }

    /** Closes it; called before {@link #open} is called again, and at the end. */
    @Override
    void close();

    /** Entries that a sink takes at no time. */
    final class Refused extends Exception {
        /** Says why, in words that hold nothing of the entries. */
        public Refused(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}
