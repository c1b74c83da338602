package dev.weir.predictionlog.local;

import dev.weir.predictionlog.local.Segment.Seal;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The segments of a directory, looked up anew at each call; what does not change is remembered. Thread-safe. It needs no
 * server: the directory of a dead one is as good.
 */
final class SegmentCatalog {

    private static final Log LOG = Log.of(SegmentCatalog.class);

    private final LogDirectory directory;
    private final ReadConnections connections;
    private final Map<Long, SegmentHeader> headers = new ConcurrentHashMap<>();
    private final Map<Long, Seal> seals = new ConcurrentHashMap<>();

    /** Numbers of segments that can't be read, so that each is logged once. */
    private final Set<Long> unreadable = ConcurrentHashMap.newKeySet();

    SegmentCatalog(LogDirectory directory, ReadConnections connections) {
        this.directory = directory;
        this.connections = connections;
    }

    /** Returns what is written down as deleted; whether it really was Weir that wrote it, a verification of the log says. */
    List<Deletions.Deletion> deletions() throws IOException {
        return Deletions.read(directory.deletions(), (message, signed) -> true).deletions();
    }

    /** Returns the segments that can be read, oldest first. */
    List<Segment> segments() throws IOException {
        LogDirectory.Listing listing = directory.list();
        headers.keySet().retainAll(listing.segments().keySet());
        seals.keySet().retainAll(listing.segments().keySet());
        List<Segment> newestFirst = new ArrayList<>();
        Map<Long, Long> limits = new HashMap<>();
        for (Map.Entry<Long, Path> each : listing.segments().descendingMap().entrySet()) {
            long number = each.getKey();
            SegmentHeader header = header(number, each.getValue());
            if (header == null) {
                continue;
            }
            long limit = Math.min(
                    limits.getOrDefault(header.incarnation(), Long.MAX_VALUE),
                    listing.voids().getOrDefault(number, Long.MAX_VALUE));
            limits.merge(header.incarnation(), header.firstSeq(), Math::min);
            newestFirst.add(new Segment(each.getValue(), header, limit, seal(number, each.getValue())));
        }
        Collections.reverse(newestFirst);
        return newestFirst;
    }

    /** Returns the numbers of segments that could not be read when they were looked up. */
    Set<Long> unreadable() {
        return new TreeSet<>(unreadable);
    }

    private @Nullable SegmentHeader header(long number, Path file) {
        SegmentHeader known = headers.get(number);
        if (known != null) {
            return known;
        }
        try {
            SegmentHeader header = connections.read(file, SegmentSchema::header);
            headers.put(number, header);
            return header;
        } catch (SQLException e) {
            if (!Files.exists(file)) {
                return null; // deleted since
            }
            if (!Sqlite.isDamage(e) && !(e instanceof SegmentSchema.UnknownFormat)) {
                throw new IllegalStateException("the prediction log can't be read now", e);
            }
            if (unreadable.add(number)) {
                LOG.error("a segment of the prediction log can't be read")
                        .with(LogKey.COUNT, number)
                        .cause(e)
                        .write();
            }
            return null;
        }
    }

    private @Nullable Seal seal(long number, Path file) {
        Seal known = seals.get(number);
        if (known != null) {
            return known;
        }
        try {
            Seal seal = connections.read(file, SegmentCatalog::readSeal);
            if (seal != null) {
                seals.put(number, seal);
            }
            return seal;
        } catch (SQLException e) {
            return null; // it is searched without, and says itself what is wrong with it
        }
    }

    static @Nullable Seal readSeal(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT last_seq, min_ms, max_ms, filter FROM seal")) {
            return row.next()
                    ? new Seal(
                            row.getLong(1),
                            row.getLong(2),
                            row.getLong(3),
                            KeyFilter.ofBytes(row.getBytes(4)),
                            SegmentSealer.versions(connection))
                    : null;
        }
    }

    /** Lets go of a segment that is to be deleted. */
    void forget(Segment segment) throws SQLException {
        connections.forget(segment.file());
        headers.remove(segment.number());
        seals.remove(segment.number());
    }
}
