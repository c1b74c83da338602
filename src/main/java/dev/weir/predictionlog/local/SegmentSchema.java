package dev.weir.predictionlog.local;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * The tables of a segment, format 1. Bodies stand apart, so that what blocks are found by is read without them. {@code seal}
 * and {@code content} have rows once nothing is written any more; see {@link SegmentSealer}.
 */
final class SegmentSchema {

    private static final List<String> TABLES = List.of(
            "CREATE TABLE segment (replica TEXT NOT NULL, incarnation INTEGER NOT NULL, number INTEGER NOT NULL,"
                    + " first_seq INTEGER NOT NULL, prev_head BLOB NOT NULL, created_ms INTEGER NOT NULL,"
                    + " node TEXT NOT NULL, service_version TEXT NOT NULL, closed_ms INTEGER NOT NULL)",
            "CREATE TABLE block (first_seq INTEGER PRIMARY KEY, count INTEGER NOT NULL, min_ms INTEGER NOT NULL,"
                    + " max_ms INTEGER NOT NULL, committed_ms INTEGER NOT NULL, head BLOB NOT NULL,"
                    + " keys BLOB NOT NULL)",
            "CREATE TABLE block_body (first_seq INTEGER PRIMARY KEY, body BLOB NOT NULL)",
            "CREATE TABLE seal (last_seq INTEGER NOT NULL, min_ms INTEGER NOT NULL, max_ms INTEGER NOT NULL,"
                    + " filter BLOB NOT NULL)",
            "CREATE TABLE content (deployment TEXT NOT NULL, retention TEXT NOT NULL, newest_ms INTEGER NOT NULL,"
                    + " PRIMARY KEY (deployment, retention)) WITHOUT ROWID");

    /**
     * Which versions a segment has records of. Made when the segment is sealed: one without was sealed by a Weir that did not
     * write this down, which is another thing than that it has none.
     */
    static final String VERSIONS =
            "CREATE TABLE version (model TEXT NOT NULL, version TEXT NOT NULL, PRIMARY KEY (model, version)) WITHOUT ROWID";

    private SegmentSchema() {}

    /** Makes the tables, in a transaction that the caller began. */
    static void create(Connection connection, SegmentHeader header) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA application_id = " + Sqlite.APPLICATION);
            statement.execute("PRAGMA user_version = " + Sqlite.FORMAT);
            for (String table : TABLES) {
                statement.execute(table);
            }
        }
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO segment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            insert.setString(1, header.replica());
            insert.setLong(2, header.incarnation());
            insert.setLong(3, header.number());
            insert.setLong(4, header.firstSeq());
            insert.setBytes(5, header.previousHead());
            insert.setLong(6, header.createdMillis());
            insert.setString(7, header.node());
            insert.setString(8, header.serviceVersion());
            insert.setLong(9, header.closedMillis());
            insert.execute();
        }
    }

    /**
     * Reads what a segment says about itself.
     *
     * @throws UnknownFormat when it is of a newer Weir
     */
    static SegmentHeader header(Connection connection) throws SQLException {
        Long format = Sqlite.number(connection, "PRAGMA user_version");
        if (format != null && format > Sqlite.FORMAT) {
            throw new UnknownFormat(format);
        }
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT replica, incarnation, number, first_seq, prev_head,"
                        + " created_ms, node, service_version, closed_ms FROM segment")) {
            if (!row.next()) {
                throw new SQLException("no such table: segment has no row");
            }
            return new SegmentHeader(
                    row.getString(1),
                    row.getLong(2),
                    row.getLong(3),
                    row.getLong(4),
                    row.getBytes(5),
                    row.getLong(6),
                    row.getString(7),
                    row.getString(8),
                    row.getLong(9));
        }
    }

    /** Writes a block, in a transaction that the caller began. */
    static void insert(Connection connection, EncodedBlock block) throws SQLException {
        try (PreparedStatement row = connection.prepareStatement("INSERT INTO block VALUES (?, ?, ?, ?, ?, ?, ?)");
                PreparedStatement body = connection.prepareStatement("INSERT INTO block_body VALUES (?, ?)")) {
            insert(row, body, block);
        }
    }

    static void insert(PreparedStatement row, PreparedStatement body, EncodedBlock block) throws SQLException {
        row.setLong(1, block.firstSeq());
        row.setInt(2, block.count());
        row.setLong(3, block.minMillis());
        row.setLong(4, block.maxMillis());
        row.setLong(5, block.committedMillis());
        row.setBytes(6, block.head());
        row.setBytes(7, block.keys());
        row.execute();
        body.setLong(1, block.firstSeq());
        body.setBytes(2, block.body());
        body.execute();
    }

    /** A segment of a newer Weir. */
    static final class UnknownFormat extends SQLException {

        UnknownFormat(long format) {
            super("a segment has format " + format + "; known is " + Sqlite.FORMAT);
        }
    }
}
