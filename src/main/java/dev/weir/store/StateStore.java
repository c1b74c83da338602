package dev.weir.store;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Small, named, versioned values that outlive the process. Methods block and may be called by several threads at once.
 */
public interface StateStore {

    /** The revision that stands for an entry that does not exist. */
    long ABSENT = 0;

    /**
     * A value as it was written.
     *
     * @param namespace the kind of value
     * @param key its name within the kind
     * @param value the value
     * @param revision where the write stands in the order of all writes to the store, 1 or more
     * @param writtenAt when
     */
    record Entry(String namespace, String key, String value, long revision, Instant writtenAt) {}

    /**
     * A write that lost a race, or was made from old knowledge; nothing was changed.
     */
    final class StaleRevision extends Exception {
        /** Says which entry was written from old knowledge. */
        public StaleRevision(String namespace, String key) {
            super("entry " + namespace + "/" + key + " has another revision by now");
        }
    }

    /** Returns an entry, or null. */
    @Nullable
    Entry get(String namespace, String key);

    /** Returns every entry of a namespace, by key. */
    List<Entry> list(String namespace);

    /**
     * Writes an entry; it is on disk when this returns.
     *
     * @param expected the revision it replaces, {@link #ABSENT} for a new entry
     * @throws StaleRevision when the entry has another revision
     */
    Entry put(String namespace, String key, String value, long expected) throws StaleRevision;
}
