package dev.weir.predictionlog.local;

import dev.weir.inference.VersionRef;
import dev.weir.predictionlog.RecordContext;
import dev.weir.predictionlog.local.Segment.Seal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes down, in a segment that gets no more entries, what is in it: so readers know which to leave out, and retention which
 * to delete.
 */
final class SegmentSealer {

    /** The deployment and the class of entries that belong to none. */
    static final String NONE = "";

    private long[] keys = new long[1 << 12];
    private int keyCount;
    private long lastSeq;
    private long minMillis = Long.MAX_VALUE;
    private long maxMillis = Long.MIN_VALUE;
    private final Map<Content, Long> newest = new HashMap<>();

    private final Set<VersionRef> versions = new HashSet<>();

    private record Content(String deployment, String retention) {}

    private SegmentSealer(Segment segment) {
        this.lastSeq = segment.header().firstSeq() - 1;
    }

    /** Seals a segment that nobody writes to any more; one that is sealed stays as it is. */
    static void seal(Segment segment) throws SQLException {
        try (Connection connection = Sqlite.forWriting(segment.file())) {
            Sqlite.execute(connection, "PRAGMA synchronous = FULL");
            Long rows = Sqlite.number(connection, "SELECT count(*) FROM seal");
            if (rows != null && rows > 0) {
                return;
            }
            SegmentSealer sealer = new SegmentSealer(segment);
            sealer.read(connection, segment.bound());
            Sqlite.execute(connection, "BEGIN IMMEDIATE");
            sealer.write(connection);
            Sqlite.execute(connection, "CREATE INDEX block_time ON block (max_ms, min_ms)");
            Sqlite.execute(connection, "COMMIT");
            Sqlite.execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
        }
    }

    /**
     * Says whether what is written down in a segment is what is in it; a segment without a seal has nothing written down.
     *
     * @throws SQLException when it can't be read
     */
    static boolean fits(Connection connection, Segment segment) throws SQLException {
        Seal seal = SegmentCatalog.readSeal(connection);
        if (seal == null) {
            return true;
        }
        SegmentSealer sealer = new SegmentSealer(segment);
        sealer.read(connection, segment.bound());
        return seal.lastSeq() == sealer.lastSeq
                && seal.minMillis() == sealer.minMillis
                && seal.maxMillis() == sealer.maxMillis
                && Arrays.equals(seal.filter().toBytes(), sealer.filter().toBytes())
                && contents(connection).equals(sealer.newest);
    }

    private static Map<Content, Long> contents(Connection connection) throws SQLException {
        Map<Content, Long> contents = new HashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT deployment, retention, newest_ms FROM content")) {
            while (rows.next()) {
                contents.put(new Content(rows.getString(1), rows.getString(2)), rows.getLong(3));
            }
        }
        return contents;
    }

    private KeyFilter filter() {
        return KeyFilter.of(keys, keyCount);
    }

    private void read(Connection connection, long limit) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT b.first_seq, b.count, b.min_ms, b.max_ms, b.committed_ms, b.keys,"
                        + " y.body FROM block b NOT INDEXED JOIN block_body y ON y.first_seq = b.first_seq"
                        + " WHERE b.first_seq < ? ORDER BY b.first_seq")) {
            select.setLong(1, limit);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    lastSeq = rows.getLong(1) + rows.getInt(2) - 1;
                    minMillis = Math.min(minMillis, rows.getLong(3));
                    maxMillis = Math.max(maxMillis, rows.getLong(4));
                    addKeys(rows.getBytes(6));
                    addContents(rows.getBytes(7), rows.getLong(5));
                }
            }
        }
    }

    private void addKeys(byte[] packed) {
        java.nio.ByteBuffer more = java.nio.ByteBuffer.wrap(packed);
        while (more.remaining() >= Long.BYTES) {
            if (keyCount == keys.length) {
                keys = Arrays.copyOf(keys, 2 * keys.length);
            }
            keys[keyCount++] = more.getLong();
        }
    }

    private void addContents(byte[] body, long committedMillis) {
        try {
            BlockCodec block = BlockCodec.of(body);
            for (RecordContext context : block.contexts()) {
                newest.merge(new Content(context.deployment(), context.retention()), committedMillis, Math::max);
                versions.add(context.version());
            }
            if (block.contexts().isEmpty()) {
                newest.merge(new Content(NONE, NONE), committedMillis, Math::max);
            }
        } catch (UnreadableBlock e) {
            newest.merge(new Content(NONE, NONE), committedMillis, Math::max);
        }
    }

    private void write(Connection connection) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO content (deployment, retention, newest_ms) VALUES (?, ?, ?)")) {
            for (Map.Entry<Content, Long> each : newest.entrySet()) {
                insert.setString(1, each.getKey().deployment());
                insert.setString(2, each.getKey().retention());
                insert.setLong(3, each.getValue());
                insert.execute();
            }
        }
        Sqlite.execute(connection, SegmentSchema.VERSIONS);
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO version VALUES (?, ?)")) {
            for (VersionRef each : versions) {
                insert.setString(1, each.model());
                insert.setString(2, each.version());
                insert.execute();
            }
        }
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO seal VALUES (?, ?, ?, ?)")) {
            insert.setLong(1, lastSeq);
            insert.setLong(2, minMillis);
            insert.setLong(3, maxMillis);
            insert.setBytes(4, filter().toBytes());
            insert.execute();
        }
    }

    /** Returns which versions a sealed segment has records of; null when that was not written down. */
    static @Nullable Set<VersionRef> versions(Connection connection) throws SQLException {
        Long tables = Sqlite.number(connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'version'");
        if (tables == null || tables == 0) {
            return null;
        }
        Set<VersionRef> versions = new HashSet<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT model, version FROM version")) {
            while (rows.next()) {
                versions.add(new VersionRef(rows.getString(1), rows.getString(2)));
            }
        }
        return Collections.unmodifiableSet(versions);
    }

    /** Returns when the newest entries of each class were written. */
    static Map<String, Long> newestByClass(Connection connection) throws SQLException {
        Map<String, Long> newest = new HashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("SELECT retention, max(newest_ms) FROM content GROUP BY retention")) {
            while (rows.next()) {
                newest.put(rows.getString(1), rows.getLong(2));
            }
        }
        return newest;
    }
}
