package dev.weir.predictionlog.sink.postgresql;

import dev.weir.predictionlog.RecordQuery;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A search as SQL: every value is a parameter. Not thread-safe. */
final class SearchStatement {

    private static final String ORDER = "e.replica, e.incarnation, e.seq";

    private final StringBuilder where = new StringBuilder();
    private final List<Object> values = new ArrayList<>();

    private SearchStatement(RecordQuery query) {
        records(query);
        if (query.gaps()) {
            where.append(" OR ");
            gaps(query);
        }
    }

    private void records(RecordQuery query) {
        where.append("((e.gap_reason IS NULL");
        and(" AND e.at >= ?", query.from());
        and(" AND e.at < ?", query.to());
        and(" AND e.deployment = ?", query.deployment());
        and(" AND e.model = ?", query.model());
        and(" AND e.version = ?", query.version());
        and(" AND e.variant = ?", query.variant());
        and(" AND e.role = ?", query.role() == null ? null : query.role().word());
        and(" AND e.caller_id = ?", query.callerId());
        and(" AND e.result = ?", query.result() == null ? null : query.result().word());
        if (!query.subjectKeys().isEmpty()) {
            where.append(" AND e.subject_key IN (");
            where.append(
                    String.join(", ", Collections.nCopies(query.subjectKeys().size(), "?")));
            where.append(')');
            values.addAll(query.subjectKeys());
        }
        where.append(')');
    }

    private void gaps(RecordQuery query) {
        where.append("(e.gap_reason IS NOT NULL");
        and(" AND e.gap_to >= ?", query.from());
        and(" AND e.at < ?", query.to());
        and(" AND (e.deployment IS NULL OR e.deployment = ?)", query.deployment());
        where.append(')');
    }

    private void and(String condition, @Nullable Object value) {
        if (value != null) {
            where.append(condition);
            values.add(value instanceof Instant time ? OffsetDateTime.ofInstant(time, ZoneOffset.UTC) : value);
        }
    }

    /** Prepares a search for the entries behind a place, or from the beginning when there is none. */
    static PreparedStatement prepare(Connection connection, RecordQuery query, @Nullable Cursor behind, int limit)
            throws SQLException {
        SearchStatement search = new SearchStatement(query);
        search.where.append(')');
        String direction = query.newestFirst() ? " DESC" : "";
        if (behind != null) {
            search.where.append(" AND (" + ORDER + ") " + (query.newestFirst() ? "<" : ">") + " (?, ?, ?)");
            search.values.add(behind.replica());
            search.values.add(behind.incarnation());
            search.values.add(behind.seq());
        }
        // A gap may have begun long before what it is about; records never.
        PreparedStatement statement = connection.prepareStatement(EntryReader.SELECT + "WHERE " + search.where
                + " ORDER BY " + ORDER.replace(",", direction + ",") + direction + " LIMIT ?");
        int index = 1;
        for (Object value : search.values) {
            statement.setObject(index++, value);
        }
        statement.setInt(index, limit);
        return statement;
    }
}
