package dev.weir.predictionlog.sink;

import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.StoredEntry;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.util.List;

/** What operators are told of a forwarder: counts of everything, and a line where something changes. Used by one thread. */
final class ForwarderNews {

    /** Under the name of the class whose work it tells of. */
    private static final Log LOG = Log.of(Forwarding.class);

    private final String sink;
    private final ForwarderMeters meters;
    private Position lastGap = Position.START;

    ForwarderNews(String sink, ForwarderMeters meters) {
        this.sink = sink;
        this.meters = meters;
    }

    void written(int entries) {
        meters.count(ForwarderMeters.Result.OK, entries);
    }

    void putAside(StoredEntry entry, String reason) {
        meters.count(ForwarderMeters.Result.DEAD_LETTER, 1);
        LOG.warn("entry refused and put aside")
                .with(LogKey.SINK, sink)
                .with(LogKey.POSITION, SavedPositions.format(entry.position()))
                .with(LogKey.REASON, reason)
                .write();
    }

    /** Tells of gaps, each once: it is found again when it could not be written. */
    void missing(List<StoredEntry> gaps) {
        for (StoredEntry gap : gaps) {
            if (gap.position().compareTo(lastGap) > 0) {
                lastGap = gap.position();
                meters.count(ForwarderMeters.Result.GAP, 1);
                LOG.warn("entries are missing in the log that were not forwarded")
                        .with(LogKey.SINK, sink)
                        .with(LogKey.REASON, reason(gap))
                        .with(LogKey.POSITION, SavedPositions.format(gap.position()))
                        .write();
            }
        }
    }

    private static String reason(StoredEntry gap) {
        return switch (gap.entry()) {
            case GapRecord missing -> missing.reason().word();
            case PredictionRecord record -> throw new IllegalArgumentException("a record is no gap");
        };
    }

    /**
     * Counts a failure.
     *
     * @param isNews whether the one before was none, or another one
     */
    void failed(Trouble trouble, Exception cause, boolean isNews) {
        meters.count(ForwarderMeters.Result.FAILED, 1);
        if (isNews) {
            LOG.warn("forwarding failed and is tried again")
                    .with(LogKey.SINK, sink)
                    .with(LogKey.REASON, trouble.word())
                    .cause(cause)
                    .write();
        }
    }

    void goesOn() {
        LOG.info("forwarding goes on").with(LogKey.SINK, sink).write();
    }

    void notClosed(Exception cause) {
        LOG.warn("sink can't be closed").with(LogKey.SINK, sink).cause(cause).write();
    }
}
