package dev.weir.predictionlog.sink.postgresql;

import dev.weir.predictionlog.LogPolicy;
import dev.weir.predictionlog.RetentionHold;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Deletes what has outlived its class: a day whose every class is over is dropped, and of other days those rows go that may.
 * Of several replicas one does it at a time. Not thread-safe.
 *
 * <p>Days that a legal hold touches stay as they are. Rows of a class that is not configured live as long as those of class {@code default}; without that, for ever.
 */
final class PostgresRetention {

    private static final Log LOG = Log.of(PostgresRetention.class);
    private static final Duration EVERY = Duration.ofMinutes(15);

    /** Makes replicas take turns. */
    private static final long LOCK = 0x7765697201L;

    private final String sink;
    private final Map<String, Duration> classes;
    private final RetentionHold hold;
    private final InstantSource clock;

    /** Of days, the classes of which none is left, as long as nothing is written there. */
    private final Map<LocalDate, Set<String>> done = new HashMap<>();

    private Instant next = Instant.MIN;

    PostgresRetention(String sink, Map<String, Duration> classes, RetentionHold hold, InstantSource clock) {
        this.sink = sink;
        this.classes = new TreeMap<>(classes);
        this.hold = hold;
        this.clock = clock;
    }

    /** Rows are written to these days: a sink that was down for long brings some that are over already. */
    void written(Set<LocalDate> days) {
        done.keySet().removeAll(days);
    }

    /** Deletes if it is time to, in transactions of its own, and says whether days were dropped. */
    boolean apply(Connection connection) throws SQLException {
        Instant now = clock.instant();
        if (classes.isEmpty() || now.isBefore(next)) {
            return false;
        }
        next = now.plus(EVERY);
        try (Statement statement = connection.createStatement()) {
            if (!lock(statement)) {
                connection.rollback();
                return false;
            }
            try {
                return delete(connection, statement, now);
            } finally {
                connection.rollback();
                statement.execute("SELECT pg_advisory_unlock(" + LOCK + ")");
                connection.commit();
            }
        }
    }

    private static boolean lock(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT pg_try_advisory_lock(" + LOCK + ")")) {
            return row.next() && row.getBoolean(1);
        }
    }

    private boolean delete(Connection connection, Statement statement, Instant now) throws SQLException {
        List<LocalDate> days = DayPartitions.list(statement);
        done.keySet().retainAll(days);
        boolean dropped = false;
        for (LocalDate day : days) {
            if (hold.holds(begin(day), end(day).minusNanos(1))) {
                continue;
            }
            if (isOverForAll(day, now)) {
                statement.execute("DROP TABLE " + DayPartitions.name(day));
                connection.commit();
                dropped = true;
                LOG.info("day of the prediction log dropped from sink")
                        .with(LogKey.SINK, sink)
                        .with(LogKey.REASON, day)
                        .write();
            } else {
                deleteRows(connection, day, now);
            }
        }
        return dropped;
    }

    private boolean isOverForAll(LocalDate day, Instant now) {
        return classes.containsKey(LogPolicy.DEFAULT_RETENTION)
                && classes.values().stream().allMatch(kept -> !end(day).isAfter(now.minus(kept)));
    }

    private static Instant begin(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    private static Instant end(LocalDate day) {
        return begin(day.plusDays(1));
    }

    private void deleteRows(Connection connection, LocalDate day, Instant now) throws SQLException {
        Set<String> gone = done.computeIfAbsent(day, d -> new HashSet<>());
        for (Map.Entry<String, Duration> each : classes.entrySet()) {
            Instant until = now.minus(each.getValue());
            boolean hasSome = begin(day).isBefore(until);
            if (hasSome && !gone.contains(each.getKey())) {
                delete(connection, day, each.getKey(), until);
                connection.commit();
                if (!end(day).isAfter(until)) {
                    gone.add(each.getKey());
                }
            }
        }
    }

    private void delete(Connection connection, LocalDate day, String name, Instant until) throws SQLException {
        boolean takesUnknown = name.equals(LogPolicy.DEFAULT_RETENTION);
        List<String> others = new ArrayList<>(classes.keySet());
        others.remove(name);
        String which = takesUnknown ? "NOT (c.retention = ANY (?))" : "c.retention = ANY (?)";
        try (PreparedStatement delete = connection.prepareStatement("DELETE FROM " + DayPartitions.name(day)
                + " e USING record_context c WHERE c.id = e.context_id AND e.at < ? AND " + which)) {
            delete.setObject(1, OffsetDateTime.ofInstant(until, ZoneOffset.UTC));
            delete.setArray(
                    2,
                    connection.createArrayOf(
                            "text", takesUnknown ? others.toArray(String[]::new) : new String[] {name}));
            delete.executeUpdate();
        }
    }
}
