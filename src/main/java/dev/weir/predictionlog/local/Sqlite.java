package dev.weir.predictionlog.local;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** How SQLite is used for segments. */
final class Sqlite {

    /** The form of segments, in SQLite's user version. */
    static final int FORMAT = 1;

    /** Marks the files as segments, in SQLite's application id: "Weir" in ASCII. */
    static final int APPLICATION = 0x57656972;

    private static final int BUSY_MILLIS = 2_000;

    private Sqlite() {}

    /** Opens a segment for reading only: nothing of it is changed, not even when a dead process left its log of writes. */
    static Connection forReading(Path segment) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        config.setBusyTimeout(BUSY_MILLIS);
        return config.createConnection("jdbc:sqlite:" + segment);
    }

    /** Opens a segment for writing. Checkpoints happen only when they are asked for. */
    static Connection forWriting(Path segment) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout(BUSY_MILLIS);
        config.setGetGeneratedKeys(false); // which would cost a query a row
        Connection connection = config.createConnection("jdbc:sqlite:" + segment);
        try {
            execute(connection, "PRAGMA wal_autocheckpoint = 0");
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /**
     * Brings what was written ahead into the segment, as far as readers let it, and syncs both.
     *
     * @return true when nothing is left that was committed before the call
     */
    static boolean checkpoint(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("PRAGMA wal_checkpoint(PASSIVE)")) {
            return row.next() && row.getInt(1) == 0 && row.getInt(2) == row.getInt(3);
        }
    }

    /** Returns a number; null when there is none. */
    static @Nullable Long number(Connection connection, String sql, long... parameters) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                select.setLong(i + 1, parameters[i]);
            }
            try (ResultSet row = select.executeQuery()) {
                if (!row.next()) {
                    return null;
                }
                long number = row.getLong(1);
                return row.wasNull() ? null : number;
            }
        }
    }

    /** Says whether an error means that the disk is full. */
    static boolean isDiskFull(Throwable error) {
        return code(error) == SQLiteErrorCode.SQLITE_FULL;
    }

    /** Says whether an error means that a file is no database, or one that is damaged. */
    static boolean isDamage(Throwable error) {
        return switch (code(error)) {
            case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_CORRUPT_VTAB, SQLITE_CORRUPT_INDEX, SQLITE_CORRUPT_SEQUENCE ->
                true;
            case null, default ->
                error instanceof SQLException sql
                        && sql.getMessage() != null
                        && sql.getMessage().contains("no such table");
        };
    }

    private static @Nullable SQLiteErrorCode code(Throwable error) {
        for (Throwable each = error; each != null; each = each.getCause()) {
            if (each instanceof SQLiteException sqlite) {
                return sqlite.getResultCode();
            }
        }
        return null;
    }
}
