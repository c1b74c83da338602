package dev.weir.predictionlog.sink.postgresql;

import dev.weir.predictionlog.RecordContext;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rows of table {@code record_context}, written when a context is first met. Not thread-safe. */
final class ContextRows {

    private static final int REMEMBERED = 10_000;

    private final Map<RecordContext, Long> ids = new LinkedHashMap<>();

    /** Forgets what it knows, for rows that were not committed. */
    void clear() {
        ids.clear();
    }

    /** Returns the number of a context that was prepared. */
    long id(RecordContext context) {
        Long id = ids.get(context);
        if (id == null) {
            throw new IllegalStateException("a context was not prepared");
        }
        return id;
    }

    /** Makes sure that there is a row, in the connection's transaction. */
    void prepare(Connection connection, RecordContext context) throws SQLException {
        if (ids.containsKey(context)) {
            return;
        }
        if (ids.size() >= REMEMBERED) {
            ids.clear();
        }
        byte[] digest = digest(context);
        Long id = find(connection, digest);
        if (id == null) {
            insert(connection, context, digest);
            id = find(connection, digest);
        }
        if (id == null) {
            throw new SQLException("a row that was written is not there");
        }
        ids.put(context, id);
    }

    private static @Nullable Long find(Connection connection, byte[] digest) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT id FROM record_context WHERE digest = ?")) {
            select.setBytes(1, digest);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getLong(1) : null;
            }
        }
    }

    private static void insert(Connection connection, RecordContext context, byte[] digest) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO record_context (digest, deployment, config_digest, experiment,"
                        + " epoch, variant, role, model, version, manifest_digest, runtime, retention)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING")) {
            insert.setBytes(1, digest);
            int column = 2;
            for (String field : fields(context)) {
                insert.setString(column++, field);
            }
            insert.executeUpdate();
        }
    }

    private static List<@Nullable String> fields(RecordContext context) {
        return Arrays.<@Nullable String>asList(
                context.deployment(),
                context.configDigest(),
                context.experiment(),
                context.epoch(),
                context.variant(),
                context.role().word(),
                context.version().model(),
                context.version().version(),
                context.manifestDigest(),
                context.runtime(),
                context.retention());
    }

    private static byte[] digest(RecordContext context) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String field : fields(context)) {
                byte[] text = field == null ? new byte[0] : field.getBytes(StandardCharsets.UTF_8);
                digest.update(ByteBuffer.allocate(Integer.BYTES)
                        .putInt(field == null ? -1 : text.length)
                        .array());
                digest.update(text);
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
