package dev.weir.predictionlog.sink;

import dev.weir.predictionlog.Position;
import dev.weir.store.StateStore;
import org.jspecify.annotations.Nullable;

/** Where a sink's forwarder is, in the state store. Not thread-safe. */
final class SavedPositions {

    private static final String NAMESPACE = "forwarder";

    private final StateStore store;
    private final String key;
    private long revision = StateStore.ABSENT;

    SavedPositions(StateStore store, String sink, String replica) {
        this.store = store;
        this.key = sink + "/" + replica;
    }

    /**
     * Returns the position, or null when none was saved.
     *
     * @throws SinkTrouble when the store can't be read
     */
    @Nullable
    Position load() throws SinkTrouble {
        try {
            StateStore.Entry entry = store.get(NAMESPACE, key);
            revision = entry == null ? StateStore.ABSENT : entry.revision();
            return entry == null ? null : parse(entry.value());
        } catch (RuntimeException e) {
            throw new SinkTrouble(Trouble.STATE_UNWRITABLE, "the saved position can't be read", e);
        }
    }

    /**
     * Saves a position.
     *
     * @throws SinkTrouble when the store can't be written, or somebody else saves positions of the same sink
     */
    void save(Position position) throws SinkTrouble {
        try {
            revision = store.put(NAMESPACE, key, format(position), revision).revision();
        } catch (StateStore.StaleRevision e) {
            throw new SinkTrouble(Trouble.CONTESTED, "another process forwards this log to this sink", e);
        } catch (RuntimeException e) {
            throw new SinkTrouble(Trouble.STATE_UNWRITABLE, "the position can't be saved", e);
        }
    }

    static String format(Position position) {
        return position.incarnation() + ":" + position.segment() + ":" + position.seq();
    }

    static Position parse(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length != 3) {
            throw new IllegalArgumentException("a position has three numbers");
        }
        return new Position(Long.parseLong(parts[0]), Long.parseLong(parts[1]), Long.parseLong(parts[2]));
    }
}
