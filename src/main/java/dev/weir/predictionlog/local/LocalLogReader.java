package dev.weir.predictionlog.local;

import dev.weir.inference.PredictionId;
import dev.weir.inference.VersionRef;
import dev.weir.predictionlog.LogReader;
import dev.weir.predictionlog.LogTail;
import dev.weir.predictionlog.OwnLogReader;
import dev.weir.predictionlog.PayloadSeal;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.RecordQuery;
import dev.weir.predictionlog.StoredEntry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the segments of a directory, whether a server writes to it or not.
 *
 * <p>By id: the time within the id leads to the segments and blocks of that time. By another key: filters and hashes lead to
 * blocks, and the entries decide. Everything else is a walk over blocks, of which a page ends it after so many bytes.
 */
final class LocalLogReader implements OwnLogReader, LogTail {

    private final String replica;
    private final SegmentCatalog catalog;
    private final Supplier<List<Segment>> listing;
    private final SegmentScan scan;
    private final PayloadSeal seal;

    /**
     * Makes a reader.
     *
     * @param replica the replica whose log it is
     */
    LocalLogReader(String replica, SegmentCatalog catalog, SegmentScan scan, PayloadSeal seal) {
        this(replica, catalog, () -> list(catalog), scan, seal);
    }

    private LocalLogReader(
            String replica,
            SegmentCatalog catalog,
            Supplier<List<Segment>> listing,
            SegmentScan scan,
            PayloadSeal seal) {
        this.replica = replica;
        this.catalog = catalog;
        this.listing = listing;
        this.scan = scan;
        this.seal = seal;
    }

    @Override
    public String replica() {
        return replica;
    }

    private List<Segment> segments() {
        return listing.get();
    }

    private static List<Segment> list(SegmentCatalog catalog) {
        try {
            return catalog.segments();
        } catch (IOException e) {
            throw new UncheckedIOException("the directory of the prediction log can't be read", e);
        }
    }

    @Override
    public @Nullable StoredEntry find(PredictionId id) {
        UUID wanted = id.value();
        long millis = wanted.getMostSignificantBits() >>> 16;
        for (Segment segment : segments().reversed()) {
            if (segment.mayHave(millis, millis)) {
                List<StoredEntry> found = matching(
                        segment,
                        scan.blocksOf(segment, millis, millis),
                        facts -> EntryCodec.isPrediction(facts, wanted),
                        1);
                if (!found.isEmpty()) {
                    return found.getFirst();
                }
            }
        }
        return null;
    }

    @Override
    public List<StoredEntry> byRequest(String requestId, int limit) {
        return byKey(KeyHash.request(requestId), EntryCodec.text(requestId), EntryCodec::isRequest, limit);
    }

    @Override
    public List<StoredEntry> byInferenceId(String inferenceId, int limit) {
        return byKey(KeyHash.inference(inferenceId), EntryCodec.text(inferenceId), EntryCodec::isInference, limit);
    }

    @Override
    public String mark() {
        Position end = end();
        return end.incarnation() + "/" + end.seq();
    }

    /** Lists the directory once. */
    @Override
    public LogReader steady() {
        List<Segment> listed = List.copyOf(segments());
        return new LocalLogReader(replica, catalog, () -> listed, scan, seal);
    }

    @Override
    public boolean hasRecordOf(VersionRef version) {
        return segments().reversed().stream().anyMatch(segment -> hasRecordOf(segment, version));
    }

    /** A sealed segment says so; of others, and those that an older Weir sealed, the blocks are read. */
    private boolean hasRecordOf(Segment segment, VersionRef version) {
        Segment.Seal sealed = segment.seal();
        if (sealed != null && sealed.versions() != null) {
            return sealed.versions().contains(version);
        }
        for (long first : scan.blocksOf(segment, Long.MIN_VALUE, Long.MAX_VALUE)) {
            SegmentScan.Found block = scan.block(segment, first);
            if (block != null
                    && block.block() != null
                    && block.block().contexts().stream()
                            .anyMatch(context -> context.version().equals(version))) {
                return true;
            }
        }
        return false;
    }

    private List<StoredEntry> byKey(long hash, byte[] key, BiPredicate<ByteInput, byte[]> wanted, int limit) {
        List<StoredEntry> found = new ArrayList<>();
        for (Segment segment : segments()) {
            if (found.size() >= limit) {
                break;
            }
            if (segment.mayHave(hash)) {
                found.addAll(matching(
                        segment,
                        scan.blocksWith(segment, hash),
                        facts -> wanted.test(facts, key),
                        limit - found.size()));
            }
        }
        return found;
    }

    private List<StoredEntry> matching(Segment segment, List<Long> blocks, Predicate<ByteInput> wanted, int limit) {
        List<StoredEntry> found = new ArrayList<>();
        for (long first : blocks) {
            SegmentScan.Found block = scan.block(segment, first);
            if (block == null || block.block() == null) {
                continue;
            }
            for (int i = 0; i < block.block().count() && found.size() < limit; i++) {
                if (isWanted(block.block(), i, wanted)) {
                    StoredEntry entry = scan.entry(segment, block, i, seal, any -> true);
                    if (entry != null) {
                        found.add(entry);
                    }
                }
            }
        }
        return found;
    }

    private static boolean isWanted(BlockCodec block, int index, Predicate<ByteInput> wanted) {
        try {
            return wanted.test(block.facts(index));
        } catch (UnreadableBlock e) {
            return false;
        }
    }

    @Override
    public Page search(RecordQuery query, @Nullable String cursor, int limit) {
        LogWalk walk = new LogWalk(scan, seal, query, limit, Long.MAX_VALUE);
        Position last = walk.from(segments(), cursor == null ? null : Cursor.parse(cursor));
        return new Page(walk.found(), last == null ? null : Cursor.of(last));
    }

    @Override
    public List<StoredEntry> after(Position position, int entries, long bytes) {
        LogWalk walk = new LogWalk(scan, seal, RecordQuery.ALL, entries, bytes);
        List<Segment> segments = segments();
        Position last = walk.from(segments, position);
        while (last != null && walk.found().isEmpty()) {
            last = walk.from(segments, last); // nothing that can be read stood there
        }
        return walk.found();
    }

    @Override
    public boolean deletedBetween(Position after, Position before) {
        try {
            return catalog.deletions().stream()
                    .anyMatch(each -> each.replica().equals(replica)
                            && each.last().compareTo(after) > 0
                            && each.first().compareTo(before) < 0);
        } catch (IOException e) {
            throw new UncheckedIOException("the list of deleted segments can't be read", e);
        }
    }

    @Override
    public Position end() {
        List<Segment> segments = segments();
        for (Segment segment : segments.reversed()) {
            long last = segment.seal() == null
                    ? scan.lastSeq(segment)
                    : segment.seal().lastSeq();
            if (last >= segment.header().firstSeq()) {
                return segment.position(last);
            }
        }
        return Position.START;
    }
}
