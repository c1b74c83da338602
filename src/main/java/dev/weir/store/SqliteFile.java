package dev.weir.store;

import dev.weir.failure.ConfigurationRejected;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.sqlite.SQLiteDataSource;

/**
 * A SQLite file of its own in the state directory, for what grows beyond small values: written ahead, synced at every
 * commit, and what is deleted is overwritten.
 */
public final class SqliteFile {

    private static final String KEY = "weir.state.directory";
    private static final int BUSY_MILLIS = 5_000;

    private SqliteFile() {}

    /**
     * Opens a file for writing, and makes it when it is not there.
     *
     * @param file the file; its directory is made too
     * @param schema counts the changes of the tables' form, 1 for the first
     * @param tables statements that make what is not there yet
     * @return a connection for one thread at a time
     * @throws ConfigurationRejected when it can't be used, or is of a newer Weir
     */
    public static Connection open(Path file, int schema, List<String> tables) {
        try {
            Files.createDirectories(file.toAbsolutePath().resolveSibling(""));
            Connection connection = connect(file);
            try (Statement statement = connection.createStatement()) {
                requireKnown(file, schema, statement);
                statement.execute("PRAGMA journal_mode = WAL");
                statement.execute("PRAGMA synchronous = FULL");
                statement.execute("PRAGMA secure_delete = ON");
                for (String table : tables) {
                    statement.execute(table);
                }
                statement.execute("PRAGMA user_version = " + schema);
            } catch (SQLException | RuntimeException e) {
                connection.close();
                throw e;
            }
            return connection;
        } catch (IOException | SQLException e) {
            throw new ConfigurationRejected(
                    List.of(KEY + ": " + file.getFileName() + " there can't be opened or written"), e);
        }
    }

    private static void requireKnown(Path file, int schema, Statement statement) throws SQLException {
        try (ResultSet version = statement.executeQuery("PRAGMA user_version")) {
            if (version.getInt(1) > schema) {
                throw new ConfigurationRejected(List.of(KEY + ": " + file.getFileName() + " there is of a newer Weir"
                        + " (schema " + version.getInt(1) + "; this one knows " + schema + ")"));
            }
        }
    }

    /**
     * Opens a file that is there a second time, for reading beside its writer.
     *
     * @return a connection for one thread at a time, which can't write
     */
    public static Connection openReader(Path file) throws SQLException {
        Connection connection = connect(file);
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA query_only = ON");
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
        return connection;
    }

    private static Connection connect(Path file) throws SQLException {
        SQLiteDataSource source = new SQLiteDataSource();
        source.setUrl("jdbc:sqlite:" + file);
        Connection connection = source.getConnection();
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA busy_timeout = " + BUSY_MILLIS);
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
        return connection;
    }
}
