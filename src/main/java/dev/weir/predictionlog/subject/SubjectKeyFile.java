package dev.weir.predictionlog.subject;

import dev.weir.keyring.Keyring;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;

/**
 * The wrapped data keys of subjects in one SQLite file. What is deleted is overwritten, and the log of writes cut, before a
 * deletion is told. Not thread-safe.
 */
final class SubjectKeyFile implements AutoCloseable {

    /** Counts the changes of the table's form. */
    private static final int SCHEMA = 1;

    private static final int BUSY_MILLIS = 5_000;

    private final Connection connection;

    /**
     * A data key.
     *
     * @param id what a closed payload names it by; random, so that it never stands for another
     * @param subject whose it is
     * @param wrapped the key, closed with a master key
     */
    record Row(long id, String subject, byte[] wrapped) {}

    private SubjectKeyFile(Connection connection) {
        this.connection = connection;
    }

    static SubjectKeyFile open(Path file) throws IOException, SQLException {
        Path parent = file.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout(BUSY_MILLIS);
        Connection connection = config.createConnection("jdbc:sqlite:" + file);
        try (Statement statement = connection.createStatement()) {
            try (ResultSet version = statement.executeQuery("PRAGMA user_version")) {
                if (version.getInt(1) > SCHEMA) {
                    throw new SQLException("the keys of subjects are of a newer Weir");
                }
            }
            statement.execute("PRAGMA secure_delete = ON");
            statement.execute("PRAGMA journal_mode = WAL");
            statement.execute("PRAGMA synchronous = FULL");
            statement.execute(
                    "CREATE TABLE IF NOT EXISTS data_key (id INTEGER PRIMARY KEY, subject TEXT NOT NULL UNIQUE,"
                            + " wrapped BLOB NOT NULL, master INTEGER NOT NULL, created_ms INTEGER NOT NULL)");
            statement.execute("CREATE INDEX IF NOT EXISTS data_key_by_master ON data_key (master, id)");
            statement.execute("PRAGMA user_version = " + SCHEMA);
            return new SubjectKeyFile(connection);
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    @Nullable
    Row bySubject(String subject) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT id, subject, wrapped FROM data_key WHERE subject = ?")) {
            select.setString(1, subject);
            return one(select);
        }
    }

    @Nullable
    Row byId(long id) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT id, subject, wrapped FROM data_key WHERE id = ?")) {
            select.setLong(1, id);
            return one(select);
        }
    }

    private static @Nullable Row one(PreparedStatement select) throws SQLException {
        try (ResultSet row = select.executeQuery()) {
            return row.next() ? new Row(row.getLong(1), row.getString(2), row.getBytes(3)) : null;
        }
    }

    /** Returns the versions of the master keys that some data key needs. */
    List<Integer> masterVersions() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT DISTINCT master FROM data_key")) {
            List<Integer> versions = new ArrayList<>();
            while (rows.next()) {
                versions.add(rows.getInt(1));
            }
            return versions;
        }
    }

    /** Adds keys of subjects that have none; all of them are on disk when this returns. */
    void add(Collection<Row> rows, long nowMillis) throws SQLException {
        atomically(() -> {
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO data_key (id, subject, wrapped, master, created_ms) VALUES (?, ?, ?, ?, ?)")) {
                for (Row row : rows) {
                    insert.setLong(1, row.id());
                    insert.setString(2, row.subject());
                    insert.setBytes(3, row.wrapped());
                    insert.setInt(4, Keyring.masterVersion(row.wrapped()));
                    insert.setLong(5, nowMillis);
                    insert.executeUpdate();
                }
            }
        });
    }

    /** Returns how many keys are closed with other master keys than one. */
    long countNotOf(int master) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT count(*) FROM data_key WHERE master < ? OR master > ?")) {
            select.setInt(1, master);
            select.setInt(2, master);
            try (ResultSet row = select.executeQuery()) {
                return row.getLong(1);
            }
        }
    }

    /** Returns some keys that are closed with other master keys than one, in the order of their ids: those behind an id. */
    List<Row> notOf(int master, @Nullable Long after, int limit) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT id, subject, wrapped FROM data_key"
                + " WHERE master <> ?" + (after == null ? "" : " AND id > ?") + " ORDER BY id LIMIT ?")) {
            int at = 1;
            select.setInt(at++, master);
            if (after != null) {
                select.setLong(at++, after);
            }
            select.setInt(at, limit);
            List<Row> found = new ArrayList<>();
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    found.add(new Row(rows.getLong(1), rows.getString(2), rows.getBytes(3)));
                }
            }
            return found;
        }
    }

    /** Puts keys, closed anew, in the place of what they were; what is not there any more stays away. */
    void replace(Collection<Row> rows) throws SQLException {
        atomically(() -> {
            try (PreparedStatement update = connection.prepareStatement(
                    "UPDATE data_key SET wrapped = ?, master = ? WHERE id = ? AND subject = ?")) {
                for (Row row : rows) {
                    update.setBytes(1, row.wrapped());
                    update.setInt(2, Keyring.masterVersion(row.wrapped()));
                    update.setLong(3, row.id());
                    update.setString(4, row.subject());
                    update.executeUpdate();
                }
            }
        });
    }

    /**
     * Deletes keys; when this returns, their bytes are in the file no more.
     *
     * @return how many there were
     */
    int delete(Collection<String> subjects) throws SQLException {
        int[] deleted = {0};
        atomically(() -> {
            try (PreparedStatement delete = connection.prepareStatement("DELETE FROM data_key WHERE subject = ?")) {
                for (String subject : subjects) {
                    delete.setString(1, subject);
                    deleted[0] += delete.executeUpdate();
                }
            }
        });
        // Also when nothing was deleted: an earlier call may have ended between the two steps.
        cutLog();
        return deleted[0];
    }

    /** Cuts the log of writes, which has what was deleted or replaced. */
    void cutLog() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet checkpoint = statement.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
            if (!checkpoint.next() || checkpoint.getInt(1) != 0) {
                throw new SQLException("the log of writes is in use and can't be cut");
            }
        }
    }

    /** Some writes. */
    @FunctionalInterface
    private interface Writes {
        void run() throws SQLException;
    }

    private void atomically(Writes writes) throws SQLException {
        connection.setAutoCommit(false);
        try {
            writes.run();
            connection.commit();
        } catch (SQLException | RuntimeException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
