package dev.weir.audit;

import dev.weir.audit.AuditEvent.Deed;
import dev.weir.audit.AuditEvent.Ending;
import dev.weir.failure.ConfigurationRejected;
import dev.weir.failure.StoreUnavailable;
import dev.weir.store.SqliteFile;
import dev.weir.store.StoreConfig;
import dev.weir.store.Sweep;
import io.quarkus.runtime.Startup;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The events, in a SQLite file of their own. How an event ended is a row beside it, so nothing that was written is ever
 * changed. One connection, used by one thread at a time; methods block, for a sync of the disk when they write.
 */
@ApplicationScoped
@Startup
public class AuditLog {

    private static final int SCHEMA = 1;
    private static final Duration SWEEP = Duration.ofHours(1);

    private static final List<String> TABLES = List.of(
            "CREATE TABLE IF NOT EXISTS event (number INTEGER PRIMARY KEY AUTOINCREMENT, time_us INTEGER NOT NULL,"
                    + " actor TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL, deployment TEXT,"
                    + " request_id TEXT NOT NULL, reason TEXT)",
            "CREATE INDEX IF NOT EXISTS event_by_time ON event (time_us)",
            "CREATE INDEX IF NOT EXISTS event_by_actor ON event (actor, number)",
            "CREATE TABLE IF NOT EXISTS ending (number INTEGER PRIMARY KEY, time_us INTEGER NOT NULL,"
                    + " count INTEGER NOT NULL, whole INTEGER NOT NULL)");

    private final Connection connection;
    private final InstantSource clock;
    private final Duration retention;
    private final Sweep sweep;

    /**
     * Opens the file in the state directory.
     *
     * @throws ConfigurationRejected when it can't be used
     */
    @Inject
    public AuditLog(StoreConfig store, AuditConfig config, InstantSource clock) {
        this(store.directory(), config.retention(), clock);
    }

    AuditLog(Path directory, Duration retention, InstantSource clock) {
        this.clock = clock;
        this.retention = retention;
        this.connection = SqliteFile.open(directory.resolve("audit.db"), SCHEMA, TABLES);
        this.sweep = new Sweep("weir-audit", SWEEP, this::forgetOld);
    }

    /**
     * Writes down that something begins; it is on disk when this returns.
     *
     * @return the event's number, for {@link #end}
     * @throws StoreUnavailable when it can't be written: then it must not be done
     */
    public synchronized long begin(Deed deed) {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO event (time_us, actor, action, target,"
                + " deployment, request_id, reason) VALUES (?, ?, ?, ?, ?, ?, ?)")) {
            insert.setLong(1, micros(clock.instant()));
            insert.setString(2, deed.actor());
            insert.setString(3, deed.action());
            insert.setString(4, deed.target());
            insert.setString(5, deed.deployment());
            insert.setString(6, deed.requestId());
            insert.setString(7, deed.reason());
            insert.executeUpdate();
            try (ResultSet keys = insert.getGeneratedKeys()) {
                return keys.getLong(1);
            }
        } catch (SQLException e) {
            throw new StoreUnavailable("what is read must be put on record first, which can't be done now", e);
        }
    }

    /**
     * Writes down how something ended. Once; what is said later is not heard.
     *
     * @param count how many things were touched
     * @param whole whether it came to its end
     * @throws StoreUnavailable when it can't be written
     */
    public synchronized void end(long number, long count, boolean whole) {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO ending (number, time_us, count, whole) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING")) {
            insert.setLong(1, number);
            insert.setLong(2, micros(clock.instant()));
            insert.setLong(3, count);
            insert.setBoolean(4, whole);
            insert.executeUpdate();
        } catch (SQLException e) {
            throw new StoreUnavailable("the record of who read what can't be written now", e);
        }
    }

    /**
     * Returns events.
     *
     * @param after the number of the last event of the page before; null for the first page
     * @param limit the most events, 1 or more
     * @throws StoreUnavailable when they can't be read
     */
    public synchronized List<AuditEvent> search(AuditQuery query, @Nullable Long after, int limit) {
        boolean turned = query.newestFirst();
        List<Object> values = new ArrayList<>();
        StringBuilder sql = new StringBuilder("SELECT number, event.time_us, actor, action, target, deployment,"
                + " request_id, reason, ending.time_us, count, whole FROM event LEFT JOIN ending USING (number)"
                + " WHERE true");
        where(sql, values, "event.time_us >= ?", query.from() == null ? null : micros(query.from()));
        where(sql, values, "event.time_us < ?", query.to() == null ? null : micros(query.to()));
        where(sql, values, "actor = ?", query.actor());
        where(
                sql,
                values,
                "action = ?",
                query.action() == null ? null : query.action().word());
        where(sql, values, turned ? "number < ?" : "number > ?", after);
        sql.append(turned ? " ORDER BY number DESC LIMIT " : " ORDER BY number LIMIT ")
                .append(limit);
        try (PreparedStatement select = connection.prepareStatement(sql.toString())) {
            for (int i = 0; i < values.size(); i++) {
                select.setObject(i + 1, values.get(i));
            }
            List<AuditEvent> events = new ArrayList<>();
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    events.add(event(rows));
                }
            }
            return events;
        } catch (SQLException e) {
            throw new StoreUnavailable("the record of who read what can't be read now", e);
        }
    }

    private static void where(StringBuilder sql, List<Object> values, String condition, @Nullable Object value) {
        if (value != null) {
            sql.append(" AND ").append(condition);
            values.add(value);
        }
    }

    private static AuditEvent event(ResultSet row) throws SQLException {
        Deed deed = new Deed(
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getString(6),
                row.getString(7),
                row.getString(8));
        Ending ending =
                row.getObject(9) == null ? null : new Ending(time(row.getLong(9)), row.getLong(10), row.getBoolean(11));
        return new AuditEvent(row.getLong(1), time(row.getLong(2)), deed, ending);
    }

    /** Deletes events that are older than they are kept. */
    final synchronized void forgetOld() {
        long before = micros(clock.instant().minus(retention));
        try (PreparedStatement endings = connection.prepareStatement(
                        "DELETE FROM ending WHERE number IN (SELECT number FROM event WHERE time_us < ?)");
                PreparedStatement events = connection.prepareStatement("DELETE FROM event WHERE time_us < ?")) {
            endings.setLong(1, before);
            endings.executeUpdate();
            events.setLong(1, before);
            events.executeUpdate();
        } catch (SQLException e) {
            throw new StoreUnavailable("the record of who read what can't be written now", e);
        }
    }

    private static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }

    private static Instant time(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    /** Closes the file. */
    @PreDestroy
    public void close() {
        sweep.close();
        synchronized (this) {
            try {
                connection.close();
            } catch (SQLException e) {
                throw new StoreUnavailable("the record of who read what can't be closed", e);
            }
        }
    }
}
