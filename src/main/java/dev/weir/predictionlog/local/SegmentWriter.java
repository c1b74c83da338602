package dev.weir.predictionlog.local;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * The segment that is being written. Used by one thread.
 *
 * <p>A transaction that failed may still stand in the file that SQLite writes ahead, and be found there once the process is
 * gone. So after any failure nothing more is written here, see {@link LogDirectory#markVoid}.
 */
final class SegmentWriter {

    private final SegmentHeader header;
    private final Path file;
    private final Connection connection;
    private final PreparedStatement begin;
    private final PreparedStatement commit;
    private final PreparedStatement row;
    private final PreparedStatement body;
    private boolean syncing = true;
    private long written;
    private boolean empty;

    private SegmentWriter(SegmentHeader header, Path file, boolean empty) throws SQLException {
        this.header = header;
        this.file = file;
        this.empty = empty;
        this.connection = Sqlite.forWriting(file);
        try {
            Sqlite.execute(connection, "PRAGMA synchronous = FULL");
            begin = connection.prepareStatement("BEGIN IMMEDIATE");
            commit = connection.prepareStatement("COMMIT");
            row = connection.prepareStatement("INSERT INTO block VALUES (?, ?, ?, ?, ?, ?, ?)");
            body = connection.prepareStatement("INSERT INTO block_body VALUES (?, ?)");
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    /**
     * Makes a segment. It is there, as a whole, even after a power cut, or not at all.
     *
     * @param first its first block, or null
     */
    static SegmentWriter create(LogDirectory directory, SegmentHeader header, @Nullable EncodedBlock first)
            throws SQLException, IOException {
        directory.removeUnfinished();
        try (Connection connection = Sqlite.forWriting(directory.unfinished(header.number()))) {
            Sqlite.execute(connection, "PRAGMA synchronous = FULL");
            Sqlite.execute(connection, "PRAGMA journal_mode = WAL");
            Sqlite.execute(connection, "BEGIN");
            SegmentSchema.create(connection, header);
            if (first != null) {
                SegmentSchema.insert(connection, first);
            }
            Sqlite.execute(connection, "COMMIT");
            Sqlite.execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
        }
        Path file = directory.finish(header.number());
        return new SegmentWriter(header, file, first == null);
    }

    SegmentHeader header() {
        return header;
    }

    Path file() {
        return file;
    }

    boolean isEmpty() {
        return empty;
    }

    /** Returns roughly the bytes that were written. */
    long written() {
        return written;
    }

    /**
     * Commits a block.
     *
     * @param sync whether it must be on the disk when this returns
     */
    void write(EncodedBlock block, boolean sync) throws SQLException {
        if (sync != syncing) {
            Sqlite.execute(connection, "PRAGMA synchronous = " + (sync ? "FULL" : "NORMAL"));
            syncing = sync;
        }
        begin.execute();
        SegmentSchema.insert(row, body, block);
        commit.execute();
        written += block.bytes();
        empty = false;
    }

    /** Says that the log ends here, in good order. */
    void end(long now) throws SQLException {
        Sqlite.execute(connection, "PRAGMA synchronous = FULL");
        Sqlite.execute(connection, "UPDATE segment SET closed_ms = " + now);
    }

    /** Makes what was written before durable, by a write of no consequence. */
    void sync() throws SQLException {
        Sqlite.execute(connection, "PRAGMA synchronous = FULL");
        syncing = true;
        Sqlite.execute(connection, "UPDATE segment SET closed_ms = 0");
    }

    /** Brings what was written ahead into the segment, and closes it. */
    void close() throws SQLException {
        try (connection) {
            Sqlite.checkpoint(connection);
        }
    }
}
