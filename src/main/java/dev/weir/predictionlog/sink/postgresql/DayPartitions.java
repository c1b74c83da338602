package dev.weir.predictionlog.sink.postgresql;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The partitions of table {@code entry}: one per day of UTC, such as {@code entry_20261231}. Not thread-safe. */
final class DayPartitions {

    private static final String PREFIX = "entry_";
    private static final DateTimeFormatter DAY = DateTimeFormatter.BASIC_ISO_DATE;

    /** Makes processes take turns, so that none finds half a partition: "weir" in letters. */
    private static final long LOCK = 0x77656972L;

    private final Set<LocalDate> known = new HashSet<>();

    /** Forgets what it knows; somebody may have dropped some. */
    void clear() {
        known.clear();
    }

    /** Makes sure that there are partitions for days, and commits that. */
    void prepare(Connection connection, Set<LocalDate> days) throws SQLException {
        if (known.containsAll(days)) {
            return;
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_advisory_xact_lock(" + LOCK + ")");
            known.addAll(list(statement));
            for (LocalDate day : days) {
                if (!known.contains(day)) {
                    statement.execute("CREATE TABLE " + name(day) + " PARTITION OF entry FOR VALUES FROM ('" + day
                            + " 00:00:00+00') TO ('" + day.plusDays(1) + " 00:00:00+00')");
                }
            }
            connection.commit();
            known.addAll(days);
        } catch (SQLException e) {
            known.clear();
            throw e;
        }
    }

    static String name(LocalDate day) {
        return PREFIX + DAY.format(day);
    }

    /** Returns the days that have a partition. */
    static List<LocalDate> list(Statement statement) throws SQLException {
        List<LocalDate> days = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery("SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid ="
                + " i.inhrelid WHERE i.inhparent = 'entry'::regclass ORDER BY c.relname")) {
            while (rows.next()) {
                String name = rows.getString(1);
                if (name.startsWith(PREFIX)) {
                    try {
                        days.add(LocalDate.parse(name.substring(PREFIX.length()), DAY));
                    } catch (DateTimeParseException e) {
                        // somebody's own partition
                    }
                }
            }
        }
        return days;
    }
}
