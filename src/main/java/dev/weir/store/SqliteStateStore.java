package dev.weir.store;

import dev.weir.failure.ConfigurationRejected;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteDataSource;

/**
 * The state in one SQLite file, written ahead and synced at every commit. One connection, used by one thread at a time;
 * other processes may open the file too.
 */
@ApplicationScoped
public class SqliteStateStore implements StateStore {

    private static final int BUSY_MILLIS = 5_000;

    /** Counts the changes of the tables' form. */
    private static final int SCHEMA = 1;

    private final Connection connection;
    private final InstantSource clock;

    /**
     * Opens the configured directory.
     *
     * @throws ConfigurationRejected when it can't be used
     */
    @Inject
    public SqliteStateStore(StoreConfig config, InstantSource clock) {
        this(config.directory(), clock);
    }

    /**
     * Opens a directory.
     *
     * @throws ConfigurationRejected when it can't be used
     */
    public SqliteStateStore(Path directory, InstantSource clock) {
        this(connect(directory), clock);
    }

    SqliteStateStore(Connection connection, InstantSource clock) {
        this.connection = connection;
        this.clock = clock;
    }

    static Connection connect(Path directory) {
        try {
            Files.createDirectories(directory);
            SQLiteDataSource source = new SQLiteDataSource();
            source.setUrl("jdbc:sqlite:" + directory.resolve("state.db"));
            Connection connection = source.getConnection();
            try {
                prepare(connection);
            } catch (SQLException | RuntimeException e) {
                connection.close();
                throw e;
            }
            return connection;
        } catch (IOException | SQLException e) {
            throw new ConfigurationRejected(
                    List.of("weir.state.directory: the state database there can't be opened or written"), e);
        }
    }

    private static void prepare(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA busy_timeout = " + BUSY_MILLIS);
            requireKnownSchema(statement);
            statement.execute("PRAGMA journal_mode = WAL");
            statement.execute("PRAGMA synchronous = FULL");
            statement.execute("CREATE TABLE IF NOT EXISTS entry (namespace TEXT NOT NULL, key TEXT NOT NULL,"
                    + " value TEXT NOT NULL, revision INTEGER NOT NULL UNIQUE, written_at TEXT NOT NULL,"
                    + " PRIMARY KEY (namespace, key)) WITHOUT ROWID");
            statement.execute("PRAGMA user_version = " + SCHEMA);
        }
    }

    private static void requireKnownSchema(Statement statement) throws SQLException {
        try (ResultSet version = statement.executeQuery("PRAGMA user_version")) {
            if (version.getInt(1) > SCHEMA) {
                throw new ConfigurationRejected(List.of("weir.state.directory: the state database there is of a newer"
                        + " Weir (schema " + version.getInt(1) + "; this one knows " + SCHEMA + ")"));
            }
        }
    }

    @Override
    public synchronized @Nullable Entry get(String namespace, String key) {
        List<Entry> found = query("WHERE namespace = ? AND key = ?", namespace, key);
        return found.isEmpty() ? null : found.getFirst();
    }

    @Override
    public synchronized List<Entry> list(String namespace) {
        return query("WHERE namespace = ? ORDER BY key", namespace);
    }

    private List<Entry> query(String where, String... parameters) {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT namespace, key, value, revision, written_at FROM entry " + where)) {
            for (int i = 0; i < parameters.length; i++) {
                select.setString(i + 1, parameters[i]);
            }
            List<Entry> entries = new ArrayList<>();
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    entries.add(new Entry(
                            rows.getString(1),
                            rows.getString(2),
                            rows.getString(3),
                            rows.getLong(4),
                            Instant.parse(rows.getString(5))));
                }
            }
            return entries;
        } catch (SQLException e) {
            throw new IllegalStateException("the state database can't be read", e);
        }
    }

    @Override
    public synchronized Entry put(String namespace, String key, String value, long expected) throws StaleRevision {
        Instant now = clock.instant();
        String sql = expected == ABSENT
                ? "INSERT INTO entry (value, written_at, namespace, key, revision) SELECT ?, ?, ?, ?,"
                        + " 1 + coalesce(max(revision), 0) FROM entry WHERE true ON CONFLICT DO NOTHING"
                        + " RETURNING revision"
                : "UPDATE entry SET value = ?, written_at = ?, revision = (SELECT 1 + max(revision) FROM entry)"
                        + " WHERE namespace = ? AND key = ? AND revision = " + expected + " RETURNING revision";
        try (PreparedStatement write = connection.prepareStatement(sql)) {
            write.setString(1, value);
            write.setString(2, now.toString());
            write.setString(3, namespace);
            write.setString(4, key);
            try (ResultSet written = write.executeQuery()) {
                if (!written.next()) {
                    throw new StaleRevision(namespace, key);
                }
                Entry entry = new Entry(namespace, key, value, written.getLong(1), now);
                commit(written);
                return entry;
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the state database can't be written", e);
        }
    }

    /** Steps past the last row, which commits: to close the rows would commit too, but hide whether that failed. */
    private static void commit(ResultSet written) throws SQLException {
        if (written.next()) {
            throw new AssertionError("a write touches one entry");
        }
    }

    /** Closes the file. */
    @PreDestroy
    public synchronized void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new IllegalStateException("the state database can't be closed", e);
        }
    }
}
