package dev.weir.predictionlog.local;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.inference.Ticker;
import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.PayloadSeal;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.PredictionLog.Commit;
import dev.weir.predictionlog.PredictionLog.Room;
import dev.weir.predictionlog.PredictionLogConfig;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.store.StateStore;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import dev.weir.telemetry.Meters;
import dev.weir.telemetry.WeirVersion;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A log that is written to: its buffer, its threads, and its lock. Thread-safe. */
final class OpenLog {

    private static final Log LOG = Log.of(OpenLog.class);

    /** How long the end may take. */
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(10);

    /** How long the threads may take beyond that, to end. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final SegmentChain.Author author;
    private final DirectoryLock lock;
    private final LogBuffer buffer;
    private final WriteQueue queue;
    private final GapCounts gaps;
    private final LogMeters meters;
    private final LogState state;
    private final LogWriter writer;
    private final LogKeeper keeper;
    private final Thread writing;
    private final Thread keeping;
    private volatile boolean closed;

    private OpenLog(
            SegmentChain.Author author,
            DirectoryLock lock,
            LogBuffer buffer,
            WriteQueue queue,
            GapCounts gaps,
            LogMeters meters,
            LogState state,
            LogWriter writer,
            LogKeeper keeper) {
        this.author = author;
        this.lock = lock;
        this.buffer = buffer;
        this.queue = queue;
        this.gaps = gaps;
        this.meters = meters;
        this.state = state;
        this.writer = writer;
        this.keeper = keeper;
        this.writing = thread(writer, "weir-log-writer");
        this.keeping = thread(keeper, "weir-log-keeper");
        queue.writtenBy(writing);
    }

    private static Thread thread(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Opens a directory, and begins to write.
     *
     * @throws ConfigurationRejected when it can't be used
     */
    static OpenLog open(
            PredictionLogConfig config,
            StateStore store,
            long incarnation,
            PayloadSeal seal,
            Iterable<SegmentKeeper> keepers,
            Keyring.Signer signer,
            MeterRegistry registry,
            InstantSource clock,
            Ticker ticker,
            SegmentCatalog catalog,
            ReadConnections connections) {
        LogDirectory directory = new LogDirectory(config.directory());
        DirectoryLock lock = null;
        try {
            Files.createDirectories(directory.path());
            lock = DirectoryLock.take(directory.lock());
            LogRecovery.Found found = LogRecovery.look(directory, clock);
            SegmentChain.Author author = new SegmentChain.Author(
                    ReplicaName.of(store, found.replica()),
                    Math.max(incarnation, found.incarnation() + 1),
                    node(),
                    WeirVersion.current());
            LogMeters meters = new LogMeters(registry);
            LogKeeper keeper = new LogKeeper(
                    directory,
                    catalog,
                    new Retention(directory, catalog, connections, config.retention(), keepers, signer, meters, clock));
            SegmentChain chain = new SegmentChain(
                    directory,
                    author,
                    new SegmentChain.Rotation(config.segmentBytes().asLongValue(), config.segmentAge()),
                    keeper,
                    clock,
                    found.nextNumber(),
                    found.head());
            List<GapRecord> unwritten = begin(chain, found.gaps(), seal, clock);
            LogState state = new LogState(chain.here());
            keeper.reportTo(state);
            WriteQueue queue = new WriteQueue();
            LogBuffer buffer = new LogBuffer(config.buffer().asLongValue(), queue::wake);
            GapCounts gaps = new GapCounts(clock);
            DiskRoom disk = new DiskRoom(
                    directory, config.disk().asLongValue(), config.diskReserve().asLongValue(), ticker);
            LogWriter writer =
                    new LogWriter(queue, buffer, gaps, chain, disk, state, meters, seal, clock, ticker, unwritten);
            OpenLog log = new OpenLog(author, lock, buffer, queue, gaps, meters, state, writer, keeper);
            lock = null;
            log.start(registry, config.buffer().asLongValue(), clock);
            return log;
        } catch (IOException | SQLException | IllegalStateException e) {
            throw LocalPredictionLog.rejected(e);
        } finally {
            release(lock);
        }
    }

    private static void release(@Nullable DirectoryLock lock) {
        if (lock != null) {
            try {
                lock.close();
            } catch (IOException e) {
                LOG.warn("the directory of the prediction log can't be let go")
                        .cause(e)
                        .write();
            }
        }
    }

    /** Begins the first segment, together with what is missing before it; returns what could not be written. */
    private static List<GapRecord> begin(
            SegmentChain chain, List<GapRecord> missing, PayloadSeal seal, InstantSource clock)
            throws SQLException, IOException {
        BlockBuilder first = new BlockBuilder(seal);
        missing.forEach(first::add);
        try {
            chain.begin(missing.isEmpty() ? null : first.build(chain.nextSeq(), clock.instant(), chain.head()));
            return List.of();
        } catch (SQLException e) {
            if (Sqlite.isDiskFull(e)) {
                return missing; // the writer's thread tries again
            }
            throw e;
        }
    }

    private static String node() {
        String name = System.getenv("HOSTNAME");
        if (name != null && !name.isBlank()) {
            return name;
        }
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown";
        }
    }

    private void start(MeterRegistry registry, long capacity, InstantSource clock) {
        Meters.LOG_BUFFER_BYTES.gauge(registry, buffer, LogBuffer::used);
        Meters.LOG_BUFFER_CAPACITY.gauge(registry, capacity, Long::doubleValue);
        Meters.LOG_DISK_BYTES.gauge(registry, keeper, LogKeeper::bytes);
        Meters.LOG_OLDEST.gauge(registry, keeper, each -> age(each.oldestMillis(), clock));
        writing.start();
        keeping.start();
    }

    private static double age(long millis, InstantSource clock) {
        return millis == 0 ? 0 : (clock.millis() - millis) / 1_000.0;
    }

    String replica() {
        return author.replica();
    }

    LogBuffer buffer() {
        return buffer;
    }

    LogHealth health() {
        return state.health();
    }

    ChainHead syncedHead() {
        LogState.Head synced = state.synced();
        Position position = synced.position();
        return new ChainHead(
                author.replica(), position, "sha256:" + HexFormat.of().formatHex(synced.head()));
    }

    void lost(String deployment, GapRecord.Reason reason) {
        gaps.add(deployment, reason);
        meters.lost(reason);
    }

    void write(PredictionRecord record, Room room, @Nullable Commit commit) {
        PendingRecord pending = new PendingRecord(record, LogBuffer.handOver(room), commit);
        if (closed) {
            refuse(pending);
            return;
        }
        queue.add(pending, buffer.isFilling());
        if (closed && queue.remove(pending)) {
            refuse(pending);
        }
    }

    private void refuse(PendingRecord pending) {
        lost(pending.record().context().deployment(), GapRecord.Reason.SHUTDOWN);
        LOG.warn("a record came after the prediction log was closed")
                .with(LogKey.PREDICTION_ID, pending.record().id())
                .write();
        pending.failed();
    }

    /** Writes what is left and ends. Further calls do nothing. */
    synchronized void close() {
        if (closed) {
            return;
        }
        buffer.close();
        writer.close(CLOSE_WITHIN);
        boolean written = join(writing, CLOSE_WITHIN.plus(GRACE));
        closed = true;
        for (PendingRecord late = queue.poll(); written && late != null; late = queue.poll()) {
            refuse(late);
        }
        keeper.close();
        if (written && join(keeping, GRACE)) {
            release(lock);
        } else {
            LOG.error("the prediction log could not be closed in time").write();
        }
    }

    private static boolean join(Thread thread, Duration within) {
        try {
            return thread.join(within);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
