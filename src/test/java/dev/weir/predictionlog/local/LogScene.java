package dev.weir.predictionlog.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.LogSettings;
import dev.weir.fixture.MapStateStore;
import dev.weir.fixture.SigningKeys;
import dev.weir.fixture.Unsealed;
import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.LogReader;
import dev.weir.predictionlog.PayloadSeal;
import dev.weir.predictionlog.PredictionLog;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.RecordQuery;
import dev.weir.predictionlog.StoredEntry;
import dev.weir.store.StateStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Logs in one directory, one after another, as the starts of one replica have them. */
final class LogScene implements AutoCloseable {

    /** Sign and check what is deleted. */
    static final SigningKeys KEYS = new SigningKeys();

    final LogSettings settings;
    final StateStore store;
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final List<SegmentKeeper> keepers = new ArrayList<>();
    InstantSource clock = Clock.systemUTC();
    PayloadSeal seal = Unsealed.SEAL;
    Keyring.Signer signer = KEYS;
    private long incarnation;
    private @Nullable LocalPredictionLog log;

    LogScene(LogSettings settings) {
        this(settings, new MapStateStore());
    }

    LogScene(LogSettings settings, StateStore store) {
        this.settings = settings;
        this.store = store;
    }

    static LogScene in(Path directory) {
        return new LogScene(LogSettings.in(directory));
    }

    LocalPredictionLog start() {
        LocalPredictionLog started = new LocalPredictionLog(
                settings, store, ++incarnation, seal, keepers, signer, meters, clock, System::nanoTime);
        log = started;
        return started;
    }

    LocalPredictionLog log() {
        LocalPredictionLog running = log;
        return running == null ? start() : running;
    }

    /** Ends the log as it should end. */
    void stop() {
        if (log != null) {
            log.close();
            log = null;
        }
    }

    @Override
    public void close() {
        stop();
    }

    /** Told or not. */
    static final class Told implements PredictionLog.Commit {
        private final CompletableFuture<Boolean> told = new CompletableFuture<>();

        @Override
        public void committed() {
            assertThat(told.complete(true)).isTrue();
        }

        @Override
        public void failed() {
            assertThat(told.complete(false)).isTrue();
        }

        boolean isCommitted() {
            return told.orTimeout(60, TimeUnit.SECONDS).join();
        }

        boolean isDone() {
            return told.isDone();
        }
    }

    static PredictionLog.Room room(PredictionLog log, long bytes) {
        PredictionLog.Room room = log.reserve(bytes);
        assertThat(room).isNotNull();
        return room;
    }

    Told write(PredictionRecord record) {
        Told told = new Told();
        log().write(record, room(log(), 1_000), told);
        return told;
    }

    void writeSync(PredictionRecord... records) {
        List<Told> told = new ArrayList<>();
        for (PredictionRecord record : records) {
            told.add(write(record));
        }
        told.forEach(each -> assertThat(each.isCommitted()).isTrue());
    }

    /** Returns all that the log has now. */
    List<StoredEntry> entries() {
        return entries(log().reader());
    }

    static List<StoredEntry> entries(LocalLogReader reader) {
        List<StoredEntry> all = new ArrayList<>();
        String cursor = null;
        do {
            LogReader.Page page = reader.search(RecordQuery.ALL, cursor, 1_000);
            all.addAll(page.entries());
            cursor = page.next();
        } while (cursor != null);
        return all;
    }

    List<String> requests() {
        return entries().stream()
                .filter(each -> each.entry() instanceof PredictionRecord)
                .map(each -> ((PredictionRecord) each.entry()).requestId().value())
                .toList();
    }

    List<GapRecord> gaps() {
        return entries().stream()
                .filter(each -> each.entry() instanceof GapRecord)
                .map(each -> (GapRecord) each.entry())
                .toList();
    }

    /** Reads a directory whose server may be dead. */
    static LocalLogReader readerOf(Path directory) {
        ReadConnections connections = new ReadConnections();
        SegmentCatalog catalog = new SegmentCatalog(new LogDirectory(directory), connections);
        return new LocalLogReader("dead", catalog, new SegmentScan(connections), Unsealed.SEAL);
    }

    double count(String meter, String tag, String value) {
        return meters.get(meter).tag(tag, value).counter().count();
    }
}
