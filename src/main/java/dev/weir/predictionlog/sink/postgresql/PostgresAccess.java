package dev.weir.predictionlog.sink.postgresql;

import dev.weir.predictionlog.sink.SinkTrouble;
import dev.weir.predictionlog.sink.Trouble;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The way to a database.
 *
 * @param url its address, without user and password
 * @param user the user, or null for the driver's choice
 * @param password the password, or null
 * @param passwordFile a file that holds it instead, or null
 * @param schema the schema of the tables, a plain name
 * @param connectTimeout how long a connection may take
 * @param statementTimeout how long a statement may take
 */
record PostgresAccess(
        String url,
        @Nullable String user,
        @Nullable String password,
        @Nullable Path passwordFile,
        String schema,
        Duration connectTimeout,
        Duration statementTimeout) {

    /** What a statement may take longer than the database is told, before the connection is given up. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    /** How long a change of the tables may take. */
    private static final Duration MIGRATION = Duration.ofMinutes(10);

    private static final int MAX_PASSWORD_BYTES = 64 << 10;

    /** Opens a connection for entries: in transactions, and impatient. */
    Connection connect() throws IOException, SQLException {
        Connection connection = source(statementTimeout.plus(GRACE)).getConnection();
        try (Statement statement = connection.createStatement()) {
            long millis = statementTimeout.toMillis();
            statement.execute("SET statement_timeout = " + millis + "; SET lock_timeout = " + millis
                    + "; SET idle_in_transaction_session_timeout = " + (2 * millis)
                    + "; SET TIME ZONE 'UTC'; SET search_path = \"" + schema + "\"");
            connection.setAutoCommit(false);
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    /** Returns what makes connections for changes of the tables, which may take longer. */
    PGSimpleDataSource migration() throws IOException {
        return source(MIGRATION);
    }

    private PGSimpleDataSource source(Duration socketTimeout) throws IOException {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(url);
        if (user != null) {
            source.setUser(user);
        }
        String secret = passwordFile == null ? password : read(passwordFile);
        if (secret != null) {
            source.setPassword(secret);
        }
        source.setApplicationName("weir");
        source.setTcpKeepAlive(true);
        source.setConnectTimeout(seconds(connectTimeout));
        source.setLoginTimeout(seconds(connectTimeout.plus(GRACE)));
        source.setSocketTimeout(seconds(socketTimeout));
        return source;
    }

    private static int seconds(Duration duration) {
        return Math.toIntExact(Math.max(1, duration.plusMillis(999).toSeconds()));
    }

    private static String read(Path file) throws IOException {
        try {
            if (Files.size(file) > MAX_PASSWORD_BYTES) {
                throw new IOException("the file is too large");
            }
            return Files.readString(file, StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new SinkTrouble(Trouble.UNAUTHENTICATED, "the file of the password can't be read", e);
        }
    }
}
