package dev.weir.predictionlog.local;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.inference.Ticker;
import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.PayloadSeal;
import dev.weir.predictionlog.PredictionLog;
import dev.weir.predictionlog.PredictionLogConfig;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.RecordContext;
import dev.weir.store.ReplicaIncarnation;
import dev.weir.store.StateStore;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.Startup;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The log in a directory of this replica. Recording costs a request a place in a queue; all else happens on the log's own
 * threads.
 *
 * <p>It closes after serving has drained and versions are unloaded ({@link #CLOSED_AT}), so that whoever still settles an
 * attempt can record it. Who forwards the last entries comes after it.
 */
@ApplicationScoped
@Startup
public class LocalPredictionLog implements PredictionLog {

    /** The priority, among those who observe the shutdown, at which nothing is written any more. */
    public static final int CLOSED_AT = 200;

    /** What others are given while nothing is recorded. */
    private static final Waiting NEVER = () -> true;

    private final @Nullable OpenLog log;
    private final LocalLogReader reader;
    private final SegmentCatalog catalog;
    private final ReadConnections connections;

    /**
     * Opens the configured directory.
     *
     * @throws ConfigurationRejected when it can't be used, another server uses it, or its log is another replica's or a newer
     *     version's
     */
    @Inject
    public LocalPredictionLog(
            PredictionLogConfig config,
            StateStore store,
            ReplicaIncarnation incarnation,
            PayloadSeal seal,
            Instance<SegmentKeeper> keepers,
            Keyring keyring,
            MeterRegistry registry,
            InstantSource clock,
            Ticker ticker) {
        this(config, store, incarnation.number(), seal, keepers, keyring::sign, registry, clock, ticker);
    }

    LocalPredictionLog(
            PredictionLogConfig config,
            StateStore store,
            long incarnation,
            PayloadSeal seal,
            Iterable<SegmentKeeper> keepers,
            Keyring.Signer signer,
            MeterRegistry registry,
            InstantSource clock,
            Ticker ticker) {
        LogDirectory directory = new LogDirectory(config.directory());
        connections = new ReadConnections();
        catalog = new SegmentCatalog(directory, connections);
        log = config.enabled()
                ? OpenLog.open(
                        config,
                        store,
                        incarnation,
                        seal,
                        keepers,
                        signer,
                        registry,
                        clock,
                        ticker,
                        catalog,
                        connections)
                : null;
        String replica = log == null ? ReplicaName.of(store, null) : log.replica();
        reader = new LocalLogReader(replica, catalog, new SegmentScan(connections), seal);
    }

    @Override
    public boolean isEnabled() {
        return log != null;
    }

    @Override
    public @Nullable Room reserve(long bytes) {
        return log == null ? null : log.buffer().reserve(bytes);
    }

    @Override
    public Waiting reserveLater(long bytes, RoomTaker then) {
        return log == null ? NEVER : log.buffer().reserveLater(bytes, then);
    }

    @Override
    public void lost(RecordContext context, GapRecord.Reason reason) {
        if (log != null) {
            log.lost(context.deployment(), reason);
        }
    }

    @Override
    public void write(PredictionRecord record, Room room, @Nullable Commit commit) {
        if (log == null) {
            throw new IllegalStateException("predictions are not recorded");
        }
        log.write(record, room, commit);
    }

    /** Says whether records reach the disk; fine when none are written at all. */
    public LogHealth health() {
        return log == null ? LogHealth.OK : log.health();
    }

    /**
     * Returns the chain as a power cut would leave it, or null when nothing is recorded: what a checkpoint may promise. The
     * position's seq is 0 when this start has written nothing.
     */
    public @Nullable ChainHead currentHead() {
        return log == null ? null : log.syncedHead();
    }

    /** Returns the segments. */
    SegmentCatalog catalog() {
        return catalog;
    }

    /** Returns the way to read what was written. */
    LocalLogReader reader() {
        return reader;
    }

    void onStop(@Observes @Priority(CLOSED_AT) ShutdownEvent event) {
        closeLog();
    }

    private void closeLog() {
        if (log != null) {
            log.close();
        }
    }

    /** Writes what is left, and closes all files. */
    @PreDestroy
    public void close() {
        closeLog();
        try {
            connections.close();
        } catch (SQLException e) {
            throw new IllegalStateException("the prediction log can't be closed", e);
        }
    }

    static ConfigurationRejected rejected(Exception cause) {
        return new ConfigurationRejected(
                List.of("weir.predictions.directory: the log there can't be read or written"), cause);
    }
}
