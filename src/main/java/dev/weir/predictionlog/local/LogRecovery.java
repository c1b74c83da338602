package dev.weir.predictionlog.local;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.predictionlog.GapRecord;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a start finds: where the log goes on, and what of it is missing. It looks at files before anybody has opened them
 * with SQLite, and only then.
 */
final class LogRecovery {

    private static final Log LOG = Log.of(LogRecovery.class);

    /** Where a file of SQLite has the version of its format, and how it begins. */
    private static final int USER_VERSION_AT = 60;

    private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);

    private final LogDirectory directory;
    private final InstantSource clock;
    private final List<GapRecord> gaps = new ArrayList<>();
    private boolean damaged;

    private LogRecovery(LogDirectory directory, InstantSource clock) {
        this.directory = directory;
        this.clock = clock;
    }

    /**
     * Where the log goes on.
     *
     * @param replica who wrote what is there; null when nothing is
     * @param incarnation the last start that wrote, 0 for none
     * @param nextNumber the number of the next segment
     * @param head the chain's head
     * @param gaps what is missing, and not marked yet
     */
    record Found(@Nullable String replica, long incarnation, long nextNumber, byte[] head, List<GapRecord> gaps) {}

    /**
     * Looks at a directory that nobody writes to.
     *
     * @throws ConfigurationRejected when it holds what this version can't go on with
     */
    static Found look(LogDirectory directory, InstantSource clock) throws IOException, SQLException {
        return new LogRecovery(directory, clock).look();
    }

    private Found look() throws IOException, SQLException {
        directory.removeUnfinished();
        for (Map.Entry<Long, Path> each : directory.list().segments().entrySet()) {
            requireKnown(each.getKey(), each.getValue());
        }
        try (ReadConnections connections = new ReadConnections()) {
            SegmentCatalog catalog = new SegmentCatalog(directory, connections);
            for (; ; ) {
                List<Segment> segments = catalog.segments();
                Set<Long> unreadable = catalog.unreadable();
                unreadable.retainAll(directory.list().segments().keySet());
                if (unreadable.isEmpty()) {
                    Segment damage = gaps(segments, connections);
                    if (damage == null) {
                        return found(segments, connections);
                    }
                    unreadable.add(damage.number());
                    catalog.forget(damage);
                }
                for (long number : unreadable) {
                    putAside(number);
                }
            }
        }
    }

    private Found found(List<Segment> segments, ReadConnections connections) throws IOException, SQLException {
        long next = directory.list().last() + 1;
        if (segments.isEmpty()) {
            return new Found(null, 0, next, new byte[Digests.BYTES], gaps);
        }
        Segment last = segments.getLast();
        byte[] head = connections.read(last.file(), connection -> Retention.lastHead(connection, last));
        return new Found(last.header().replica(), last.header().incarnation(), next, head, gaps);
    }

    /** Finds out what is missing; returns a segment that is so damaged that nobody can tell, or null. */
    private @Nullable Segment gaps(List<Segment> segments, ReadConnections connections) throws SQLException {
        gaps.clear();
        Instant now = clock.instant();
        Instant begin = null;
        boolean inGoodOrder = segments.isEmpty();
        for (int i = 0; i < segments.size(); i++) {
            Segment segment = segments.get(i);
            Segment next = i + 1 < segments.size() ? segments.get(i + 1) : null;
            if (segment.seal() != null && next != null) {
                begin = Instant.ofEpochMilli(segment.header().createdMillis());
                continue; // looked at by a start before, or by the server that wrote it
            }
            try {
                Tail tail = connections.read(segment.file(), connection -> tail(connection, segment));
                if (tail.committedMillis() > 0 || begin == null) {
                    long sign =
                            Math.max(tail.committedMillis(), segment.header().createdMillis());
                    begin = Instant.ofEpochMilli(sign);
                }
                if (next != null
                        && next.header().incarnation() == segment.header().incarnation()
                        && next.header().firstSeq() > tail.lastSeq() + 1) {
                    long count = next.header().firstSeq() - tail.lastSeq() - 1;
                    Instant to = Instant.ofEpochMilli(next.header().createdMillis());
                    gaps.add(gap(begin, to, count));
                }
                inGoodOrder = segment.header().closedMillis() > 0 || (inGoodOrder && tail.committedMillis() == 0);
            } catch (SQLException e) {
                if (Sqlite.isDamage(e)) {
                    return segment;
                }
                throw e;
            }
        }
        if (!inGoodOrder || damaged) {
            gaps.add(gap(begin == null ? now : begin, now, null));
        }
        return null;
    }

    private static GapRecord gap(Instant from, Instant to, @Nullable Long count) {
        return new GapRecord(from.isAfter(to) ? to : from, to, null, count, GapRecord.Reason.CRASH);
    }

    /**
     * The end of a segment.
     *
     * @param lastSeq the number of its last entry that counts, or one less than its first
     * @param committedMillis when that was written, 0 for never
     */
    private record Tail(long lastSeq, long committedMillis) {}

    private static Tail tail(Connection connection, Segment segment) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT first_seq + count - 1, committed_ms"
                + " FROM block NOT INDEXED WHERE first_seq < ? ORDER BY first_seq DESC LIMIT 1")) {
            select.setLong(1, segment.limit());
            try (ResultSet row = select.executeQuery()) {
                return row.next()
                        ? new Tail(row.getLong(1), row.getLong(2))
                        : new Tail(segment.header().firstSeq() - 1, 0);
            }
        }
    }

    /** Refuses a segment of a newer version, and puts a file aside that is no segment. */
    private void requireKnown(long number, Path file) throws IOException {
        ByteBuffer begin = ByteBuffer.allocate(USER_VERSION_AT + Integer.BYTES);
        int read = 0;
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            while (begin.hasRemaining() && read >= 0) {
                read = in.read(begin);
            }
        }
        if (begin.hasRemaining() || !Arrays.equals(begin.array(), 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            putAside(number);
            return;
        }
        int format = begin.getInt(USER_VERSION_AT);
        if (format > Sqlite.FORMAT) {
            throw new ConfigurationRejected(
                    List.of("weir.predictions.directory: the log there is of a newer Weir (format " + format
                            + "; this one knows " + Sqlite.FORMAT + ")"));
        }
    }

    private void putAside(long number) throws IOException {
        damaged = true;
        directory.putAside(number);
        LOG.error("a file of the prediction log is no segment and was put aside")
                .with(LogKey.COUNT, number)
                .write();
    }
}
