package dev.weir.predictionlog.sink.postgresql;

import dev.weir.inference.PredictionId;
import dev.weir.inference.VersionRef;
import dev.weir.predictionlog.LogReader;
import dev.weir.predictionlog.RecordQuery;
import dev.weir.predictionlog.SinkPayloads;
import dev.weir.predictionlog.StoredEntry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what all replicas forwarded to PostgreSQL. Entries of one replica come in the order of their positions, and one
 * replica behind the other.
 *
 * <p>Methods throw {@link dev.weir.failure.Overloaded} while the database can't be asked.
 */
public final class PostgresLogReader implements LogReader, AutoCloseable {

    /** How many ask at once. */
    private static final int CONNECTIONS = 4;

    private static final String OLDEST_FIRST = " ORDER BY e.at, e.replica, e.incarnation, e.seq LIMIT ?";

    /** Without an order, which would mislead the planner into reading everything in that order. */
    static final String HAS_VERSION = "SELECT EXISTS (SELECT 1 FROM entry e WHERE e.model = ? AND e.version = ?)";

    private final ConnectionLeases leases;
    private final EntryReader rows;

    PostgresLogReader(PostgresAccess access, SinkPayloads payloads) {
        leases = new ConnectionLeases(access, CONNECTIONS);
        rows = new EntryReader(payloads);
    }

    @Override
    public @Nullable StoredEntry find(PredictionId id) {
        List<StoredEntry> found = by("e.prediction_id = ?", id.value(), 1);
        return found.isEmpty() ? null : found.getFirst();
    }

    @Override
    public List<StoredEntry> byRequest(String requestId, int limit) {
        return isText(requestId) ? by("e.request_id = ?", requestId, limit) : List.of();
    }

    @Override
    public List<StoredEntry> byInferenceId(String inferenceId, int limit) {
        return isText(inferenceId) ? by("e.inference_ids @> ARRAY[?]::text[]", inferenceId, limit) : List.of();
    }

    /** The database has no text with a NUL, so nothing there is equal to one. */
    private static boolean isText(String text) {
        return text.indexOf('\0') < 0;
    }

    private List<StoredEntry> by(String condition, Object value, int limit) {
        return leases.ask(connection -> {
            try (PreparedStatement select =
                    connection.prepareStatement(EntryReader.SELECT + "WHERE " + condition + OLDEST_FIRST)) {
                select.setObject(1, value);
                select.setInt(2, limit);
                return read(select);
            }
        });
    }

    @Override
    public String mark() {
        return leases.ask(connection -> {
            try (PreparedStatement select = connection.prepareStatement(
                            "SELECT coalesce(string_agg(replica || ' ' || incarnation || ' ' || seq, ','"
                                    + " ORDER BY replica), '') FROM forwarded");
                    ResultSet row = select.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        });
    }

    @Override
    public boolean hasRecordOf(VersionRef version) {
        return leases.ask(connection -> {
            try (PreparedStatement select = connection.prepareStatement(HAS_VERSION)) {
                select.setString(1, version.model());
                select.setString(2, version.version());
                try (ResultSet row = select.executeQuery()) {
                    return row.next() && row.getBoolean(1);
                }
            }
        });
    }

    private List<StoredEntry> read(PreparedStatement select) throws SQLException {
        List<StoredEntry> entries = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
            while (row.next()) {
                entries.add(rows.read(row));
            }
        }
        return entries;
    }

    @Override
    public Page search(RecordQuery query, @Nullable String cursor, int limit) {
        Cursor behind = cursor == null ? null : Cursor.parse(cursor);
        List<StoredEntry> found = leases.ask(connection -> search(connection, query, behind, limit));
        if (found.size() <= limit) {
            return new Page(found, null);
        }
        List<StoredEntry> page = found.subList(0, limit);
        return new Page(page, Cursor.of(page.getLast()).format());
    }

    private List<StoredEntry> search(Connection connection, RecordQuery query, @Nullable Cursor behind, int limit)
            throws SQLException {
        try (PreparedStatement select = SearchStatement.prepare(connection, query, behind, Math.addExact(limit, 1))) {
            return read(select);
        }
    }

    @Override
    public void close() {
        leases.close();
    }
}
