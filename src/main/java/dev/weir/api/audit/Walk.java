package dev.weir.api.audit;

import dev.weir.predictionlog.LogReader;
import dev.weir.predictionlog.RecordQuery;
import dev.weir.predictionlog.StoredEntry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Entries in the order in which they are shown, some at a time. Used by one thread. */
interface Walk {

    /** How many entries are in memory at a time. */
    int STEP = 32;

    /**
     * Returns the next entries; may be empty although more follow.
     *
     * @param most the most entries, 1 or more
     */
    List<StoredEntry> next(long most);

    /** Returns where it goes on, null when nothing follows. */
    @Nullable
    String cursor();

    /** Says whether something may follow. */
    boolean goesOn();

    /** Walks through what a search finds. */
    static Walk search(LogReader log, RecordQuery query, @Nullable String from) {
        return new Walk() {
            private @Nullable String cursor = from;
            private boolean goesOn = true;

            @Override
            public List<StoredEntry> next(long most) {
                LogReader.Page page = log.search(query, cursor, (int) Math.min(most, STEP));
                cursor = page.next();
                goesOn = cursor != null;
                return page.entries();
            }

            @Override
            public @Nullable String cursor() {
                return cursor;
            }

            @Override
            public boolean goesOn() {
                return goesOn;
            }
        };
    }

    /** Walks through a list that is there. */
    static Walk over(List<StoredEntry> entries) {
        return new Walk() {
            private boolean goesOn = true;

            @Override
            public List<StoredEntry> next(long most) {
                goesOn = false;
                return entries;
            }

            @Override
            public @Nullable String cursor() {
                return null;
            }

            @Override
            public boolean goesOn() {
                return goesOn;
            }
        };
    }

    /** Walks through the first entries of another. */
    static Walk first(Walk other, long limit) {
        return new Walk() {
            private long left = limit;

            @Override
            public List<StoredEntry> next(long most) {
                List<StoredEntry> entries = other.next(Math.min(most, left));
                left -= entries.size();
                return entries;
            }

            @Override
            public @Nullable String cursor() {
                return other.cursor();
            }

            @Override
            public boolean goesOn() {
                return left > 0 && other.goesOn();
            }
        };
    }
}
