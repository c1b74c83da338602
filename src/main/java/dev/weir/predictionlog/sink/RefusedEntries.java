package dev.weir.predictionlog.sink;

import dev.weir.predictionlog.LogSink;
import dev.weir.predictionlog.StoredEntry;
import java.io.IOException;

/** Puts aside what a sink refuses, and says so: each entry once, however often it is refused. Used by one thread. */
final class RefusedEntries {

    private final DeadLetters deadLetters;
    private final ForwarderNews news;

    RefusedEntries(DeadLetters deadLetters, ForwarderNews news) {
        this.deadLetters = deadLetters;
        this.news = news;
    }

    /** Looks whether somebody took the file away. */
    void refresh() throws SinkTrouble {
        try {
            deadLetters.refresh();
        } catch (IOException e) {
            throw new SinkTrouble(Trouble.STATE_UNWRITABLE, "the file of dead letters can't be read", e);
        }
    }

    /** Puts an entry aside; it is on disk when this returns. */
    void putAside(StoredEntry entry, LogSink.Refused refused) throws SinkTrouble, DeadLetters.Full {
        String reason = String.valueOf(refused.getMessage());
        boolean fresh;
        try {
            fresh = deadLetters.add(entry, reason);
        } catch (IOException e) {
            throw new SinkTrouble(Trouble.STATE_UNWRITABLE, "the file of dead letters can't be written", e);
        }
        if (fresh) {
            news.putAside(entry, reason);
        }
    }
}
