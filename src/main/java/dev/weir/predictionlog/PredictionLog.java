package dev.weir.predictionlog;

import org.jspecify.annotations.Nullable;

/** The way into the log. Thread-safe; nothing here blocks. */
public interface PredictionLog {

    /** Says whether predictions are recorded at all. */
    boolean isEnabled();

    /** Returns room for a record, or null when there is none now. */
    @Nullable
    Room reserve(long bytes);

    /**
     * Waits for room without holding a thread.
     *
     * @param then gets the room, on a thread of the log that it must not hold; never called after {@link Waiting#cancel}
     *     returned true
     */
    Waiting reserveLater(long bytes, RoomTaker then);

    /** Counts a record that will not be written; the log says how many were not. */
    void lost(RecordContext context, GapRecord.Reason reason);

    /**
     * Writes a record soon.
     *
     * @param room its room, which is given back once it is written
     * @param commit is told when the record is on disk; null when nobody waits, and then the record is written some
     *     milliseconds later, without a sync
     */
    void write(PredictionRecord record, Room room, @Nullable Commit commit);

    /** Room in the buffer for one record. Owned by one thread at a time. */
    interface Room {

        /** Asks for more; false when there is none, and then nothing changes. */
        boolean extend(long bytes);

        /** Gives it back unused. Further calls do nothing, and neither does one after {@link PredictionLog#write}. */
        void release();
    }

    /** Gets room. */
    @FunctionalInterface
    interface RoomTaker {
        /** Takes it over. */
        void take(Room room);
    }

    /** A request that waits for room. */
    @FunctionalInterface
    interface Waiting {
        /** Stops waiting; false when the room was given by then. */
        boolean cancel();
    }

    /** Gets the end of a write, once, on a thread of the log that it must not hold. */
    interface Commit {

        /** Says whether somebody still waits. If not, the record says that nobody was told of it. */
        default boolean isAwaited() {
            return true;
        }

        /** The record is on this replica's disk. */
        void committed();

        /** It is not known to be. The record, if it is there, says that nobody was told so. */
        void failed();
    }
}
