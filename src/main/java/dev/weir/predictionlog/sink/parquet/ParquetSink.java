package dev.weir.predictionlog.sink.parquet;

import dev.weir.inference.Ticker;
import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.LogSink;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.SignatureLookup;
import dev.weir.predictionlog.SinkPayloads;
import dev.weir.predictionlog.StoredEntry;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Collects entries and writes them as files, a <em>roll</em> at a time: when an hour of the log or a start of the server is
 * over, when there are many, and when the oldest has waited for long.
 *
 * <p>A roll first writes down how far it goes, then its files, then that it is done. A process that dies in between leaves
 * some of the files; the next one collects exactly as far again, and so writes the same files under the same names.
 */
final class ParquetSink implements LogSink {

    private static final int MOST_ENTRIES = 200_000;

    /** When files are written at the latest. */
    record Limits(long bytes, Duration age) {}

    private final String name;
    private final FileStore store;
    private final SinkPayloads payloads;
    private final SignatureLookup signatures;
    private final Limits limits;
    private final Ticker ticker;

    private String replica = "";
    private Position safe = Position.START;
    private @Nullable Position pending;
    private final List<StoredEntry> collected = new ArrayList<>();
    private long bytes;
    private long firstNanos;
    private Instant lastHour = Instant.MIN;

    ParquetSink(
            String name,
            FileStore store,
            SinkPayloads payloads,
            SignatureLookup signatures,
            Limits limits,
            Ticker ticker) {
        this.name = name;
        this.store = store;
        this.payloads = payloads;
        this.signatures = signatures;
        this.limits = limits;
        this.ticker = ticker;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Position open(String ofReplica) throws IOException {
        close();
        replica = ofReplica;
        RollState state = RollState.parse(store.get(stateFile()));
        safe = state.safe();
        pending = state.pending();
        return safe;
    }

    private String stateFile() {
        return "_positions/" + URLEncoder.encode(replica, StandardCharsets.UTF_8) + ".json";
    }

    @Override
    public Position write(List<StoredEntry> entries) throws IOException, Refused {
        List<StoredEntry> shown = new ArrayList<>(entries.size());
        for (StoredEntry entry : entries) {
            shown.add(shown(entry));
        }
        for (StoredEntry entry : shown) {
            if (endsBefore(entry)) {
                roll();
            }
            collect(entry);
            if (entry.position().equals(pending)) {
                roll();
            }
        }
        rollInTime();
        return safe;
    }

    private StoredEntry shown(StoredEntry entry) throws Refused {
        return switch (entry.entry()) {
            case PredictionRecord record -> {
                PredictionRecord kept = payloads.withheld(record);
                try {
                    Unpacked.of(entry, kept);
                } catch (IllegalStateException e) {
                    throw new Refused("its payload can't be read", null);
                }
                yield new StoredEntry(entry.replica(), entry.position(), entry.acknowledged(), kept);
            }
            case GapRecord gap -> entry;
        };
    }

    /** Says whether a roll ends before an entry. While one is repeated, it ends where it ended before. */
    private boolean endsBefore(StoredEntry entry) {
        if (collected.isEmpty()) {
            return false;
        }
        if (pending != null) {
            return entry.position().compareTo(pending) > 0;
        }
        return entry.position().incarnation() != collected.getFirst().position().incarnation()
                || hour(entry).isAfter(lastHour)
                || bytes + entry.bytes() > limits.bytes()
                || collected.size() >= MOST_ENTRIES;
    }

    private void collect(StoredEntry entry) {
        if (collected.isEmpty()) {
            firstNanos = ticker.nanos();
            lastHour = hour(entry);
            if (pending != null && entry.position().compareTo(pending) > 0) {
                pending = null; // the log has nothing any more of what was being written
            }
        }
        collected.add(entry);
        bytes += entry.bytes();
    }

    private static Instant hour(StoredEntry entry) {
        Instant time =
                switch (entry.entry()) {
                    case PredictionRecord record -> record.started();
                    case GapRecord gap -> gap.from();
                };
        return time.truncatedTo(ChronoUnit.HOURS);
    }

    private void rollInTime() throws IOException {
        if (!collected.isEmpty()
                && pending == null
                && ticker.nanos() - firstNanos >= limits.age().toNanos()) {
            roll();
        }
    }

    @Override
    public Position idle(boolean last) throws IOException {
        if (last && !collected.isEmpty() && pending == null) {
            roll();
        }
        rollInTime();
        return safe;
    }

    /** Writes what is collected. */
    private void roll() throws IOException {
        Position to = pending == null ? collected.getLast().position() : pending;
        if (pending == null) {
            store.put(stateFile(), new RollState(safe, to).toBytes());
            pending = to;
        }
        for (Map.Entry<String, List<StoredEntry>> file : byFile().entrySet()) {
            store.put(fileName(file.getKey(), file.getValue()), content(file.getValue()));
        }
        store.put(stateFile(), new RollState(to, null).toBytes());
        safe = to;
        pending = null;
        collected.clear();
        bytes = 0;
    }

    /** Returns the entries by directory and version: those of one version have the same columns. */
    private Map<String, List<StoredEntry>> byFile() {
        Map<String, List<StoredEntry>> files = new TreeMap<>();
        for (StoredEntry entry : collected) {
            OffsetDateTime hour = hour(entry).atOffset(ZoneOffset.UTC);
            String when = String.format(Locale.ROOT, "date=%s/hour=%02d", hour.toLocalDate(), hour.getHour());
            String key =
                    switch (entry.entry()) {
                        case PredictionRecord record ->
                            "predictions/deployment=" + record.context().deployment() + "/" + when + "/#"
                                    + record.context().version() + " "
                                    + record.context().manifestDigest();
                        case GapRecord gap -> "gaps/" + when + "/#";
                    };
            files.computeIfAbsent(key, k -> new ArrayList<>()).add(entry);
        }
        return files;
    }

    private String fileName(String key, List<StoredEntry> entries) {
        Position first = entries.getFirst().position();
        return key.substring(0, key.indexOf('#')) + URLEncoder.encode(replica, StandardCharsets.UTF_8) + "-"
                + first.incarnation() + "-" + first.seq() + "-"
                + entries.getLast().position().seq() + ".parquet";
    }

    private byte[] content(List<StoredEntry> entries) throws IOException {
        List<Unpacked> records = new ArrayList<>();
        List<ParquetFiles.Gap> gaps = new ArrayList<>();
        for (StoredEntry entry : entries) {
            switch (entry.entry()) {
                case PredictionRecord record -> records.add(Unpacked.of(entry, record));
                case GapRecord gap -> gaps.add(new ParquetFiles.Gap(entry, gap));
            }
        }
        return records.isEmpty()
                ? ParquetFiles.gaps(gaps)
                : ParquetFiles.records(
                        records,
                        signatures.signature(records.getFirst().record().context()));
    }

    @Override
    public void close() {
        collected.clear();
        bytes = 0;
        pending = null;
        store.close();
    }
}
