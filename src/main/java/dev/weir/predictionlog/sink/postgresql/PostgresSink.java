package dev.weir.predictionlog.sink.postgresql;

import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.LogSink;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.SinkPayloads;
import dev.weir.predictionlog.StoredEntry;
import dev.weir.predictionlog.sink.SinkTrouble;
import dev.weir.predictionlog.sink.Trouble;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * Copies entries into PostgreSQL, each exactly once: a batch and the position behind it are one transaction, and a batch
 * goes in only when the position there is where this sink believes it to be.
 */
final class PostgresSink implements LogSink {

    private static final String COPY = "COPY entry (" + EntryRow.COLUMNS + ") FROM STDIN (FORMAT binary)";
    private static final int CHUNK = 64 << 10;

    private static final Log LOG = Log.of(PostgresSink.class);

    private final String name;
    private final PostgresAccess access;
    private final boolean migrate;
    private final int daysAhead;
    private final SinkPayloads payloads;
    private final @Nullable PostgresRetention retention;
    private final InstantSource clock;
    private final DayPartitions partitions = new DayPartitions();
    private final ContextRows contexts = new ContextRows();

    private @Nullable Connection connection;
    private boolean prepared;
    private String replica = "";
    private Position position = Position.START;

    PostgresSink(
            String name,
            PostgresAccess access,
            boolean migrate,
            int daysAhead,
            SinkPayloads payloads,
            @Nullable PostgresRetention retention,
            InstantSource clock) {
        this.name = name;
        this.access = access;
        this.migrate = migrate;
        this.daysAhead = daysAhead;
        this.payloads = payloads;
        this.retention = retention;
        this.clock = clock;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Position open(String ofReplica) throws IOException {
        close();
        if (!prepared) {
            PostgresSchema.prepare(access, migrate);
            prepared = true;
        }
        try {
            Connection opened = access.connect();
            connection = opened;
            replica = ofReplica;
            begin(opened);
            position = locked(opened);
            opened.commit();
            ahead(opened);
            return position;
        } catch (SQLException e) {
            prepared = false; // the tables may be gone
            throw SqlStates.trouble(e);
        }
    }

    private Connection connection() throws IOException {
        Connection open = connection;
        if (open == null) {
            throw new IOException("the sink is not open");
        }
        return open;
    }

    private void begin(Connection opened) throws SQLException {
        try (PreparedStatement insert = opened.prepareStatement("INSERT INTO forwarded (replica, incarnation, segment,"
                + " seq) VALUES (?, 0, 0, 0) ON CONFLICT (replica) DO NOTHING")) {
            insert.setString(1, replica);
            insert.executeUpdate();
        }
    }

    /** Returns the position that is there, which nobody else can change before this transaction ends. */
    private Position locked(Connection opened) throws SQLException {
        try (PreparedStatement select = opened.prepareStatement(
                "SELECT incarnation, segment, seq FROM forwarded WHERE replica = ? FOR UPDATE")) {
            select.setString(1, replica);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? new Position(row.getLong(1), row.getLong(2), row.getLong(3)) : Position.START;
            }
        }
    }

    @Override
    public Position write(List<StoredEntry> entries) throws IOException, Refused {
        Connection open = connection();
        Set<LocalDate> days = days(entries);
        if (retention != null) {
            retention.written(days);
        }
        try {
            partitions.prepare(open, days);
            Position there = locked(open);
            if (!there.equals(position)) {
                throw new SinkTrouble(Trouble.CONTESTED, "another process forwards the log of this replica", null);
            }
            for (StoredEntry entry : entries) {
                if (entry.entry() instanceof PredictionRecord record) {
                    contexts.prepare(open, record.context());
                }
            }
            copy(open, rows(entries));
            Position last = entries.getLast().position();
            move(open, last);
            open.commit();
            position = last;
        } catch (SQLException e) {
            undo(open);
            throw SqlStates.explain(e);
        }
        delete(open);
        return position;
    }

    /** Deletes what may go. A failure of that keeps nothing from being forwarded. */
    private void delete(Connection open) {
        if (retention == null) {
            return;
        }
        try {
            if (retention.apply(open)) {
                partitions.clear();
            }
        } catch (SQLException e) {
            notDeleted(open, "sqlstate " + SqlStates.state(e));
        } catch (IllegalStateException e) {
            notDeleted(open, "legal holds can't be read");
        }
    }

    private void notDeleted(Connection open, String reason) {
        undo(open);
        LOG.warn("what has outlived its retention can't be deleted from sink")
                .with(LogKey.SINK, name)
                .with(LogKey.REASON, reason)
                .write();
    }

    /** Called after the position is locked, and not before: payloads that are left out since an erasure depend on it. */
    private CopyBuffer rows(List<StoredEntry> entries) {
        CopyBuffer rows = new CopyBuffer(512 * entries.size());
        for (StoredEntry entry : entries) {
            EntryRow.write(rows, entry, payloads, contexts::id);
        }
        rows.end();
        return rows;
    }

    private static void copy(Connection open, CopyBuffer rows) throws SQLException {
        CopyIn copy = open.unwrap(PGConnection.class).getCopyAPI().copyIn(COPY);
        try {
            for (int at = 0; at < rows.size(); at += CHUNK) {
                copy.writeToCopy(rows.array(), at, Math.min(CHUNK, rows.size() - at));
            }
            copy.endCopy();
        } finally {
            if (copy.isActive()) {
                copy.cancelCopy();
            }
        }
    }

    private void move(Connection open, Position to) throws SQLException {
        try (PreparedStatement update =
                open.prepareStatement("UPDATE forwarded SET incarnation = ?, segment = ?, seq = ? WHERE replica = ?")) {
            update.setLong(1, to.incarnation());
            update.setLong(2, to.segment());
            update.setLong(3, to.seq());
            update.setString(4, replica);
            if (update.executeUpdate() != 1) {
                throw new SQLException("the position is gone", "42P01");
            }
        }
    }

    /** Leaves a transaction that failed. What can't even do that is a connection to be given up, which is noticed next. */
    private void undo(Connection open) {
        contexts.clear();
        partitions.clear();
        try {
            open.rollback();
        } catch (SQLException e) {
            connection = null;
            discard(open);
        }
    }

    private static void discard(Connection open) {
        try {
            open.close();
        } catch (SQLException e) {
            // it is of no use any more, which is why it is closed
        }
    }

    private static Set<LocalDate> days(List<StoredEntry> entries) {
        Set<LocalDate> days = new TreeSet<>();
        for (StoredEntry entry : entries) {
            days.add(day(
                    switch (entry.entry()) {
                        case PredictionRecord record -> record.started();
                        case GapRecord gap -> gap.from();
                    }));
        }
        return days;
    }

    private static LocalDate day(Instant time) {
        return time.atOffset(ZoneOffset.UTC).toLocalDate();
    }

    /** Makes partitions for the days that come. */
    private void ahead(Connection open) throws SQLException {
        Set<LocalDate> days = new TreeSet<>();
        LocalDate today = day(clock.instant());
        for (int i = 0; i <= daysAhead; i++) {
            days.add(today.plusDays(i));
        }
        partitions.prepare(open, days);
    }

    @Override
    public Position idle(boolean last) throws IOException {
        Connection open = connection();
        try {
            ahead(open);
        } catch (SQLException e) {
            undo(open);
            throw SqlStates.trouble(e);
        }
        if (!last) {
            delete(open);
        }
        return position;
    }

    @Override
    public void close() {
        Connection open = connection;
        connection = null;
        partitions.clear();
        contexts.clear();
        if (open != null) {
            discard(open);
        }
    }
}
