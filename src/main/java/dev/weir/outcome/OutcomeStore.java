package dev.weir.outcome;

import dev.weir.failure.StoreUnavailable;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.store.SqliteFile;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The outcomes in a SQLite file of their own. Each row is a revision of a chain: one subject, one scope, one source. One
 * connection, used by one thread at a time.
 */
final class OutcomeStore implements AutoCloseable {

    /** Of whose predictions an outcome tells, when its reporter may tell of everybody's. */
    static final String ANYBODY = "";

    /** What a chain's subject is to the log. */
    enum Match {
        /** The log has no such prediction yet. */
        PENDING(0),
        /** It has. */
        MATCHED(1),
        /** It has none any more. */
        LATE(2);

        private final int code;

        Match(int code) {
            this.code = code;
        }
    }

    /**
     * A report with all that is kept of it.
     *
     * @param records the predictions that it is about, as far as the log has them
     */
    record Entry(
            OutcomeReport report,
            String scope,
            String reporter,
            Instant received,
            Match match,
            List<PredictionRecord> records) {}

    /** How a report stands to those of its chain that were there; revision is its own. */
    record Placed(Place place, int revision) {}

    /** Places in a chain. */
    enum Place {
        /** The first. */
        FIRST,
        /** Behind the others. */
        LATEST,
        /** Before others. */
        EARLIER,
        /** One of them is the same. */
        SAME,
        /** Another has its number. */
        TAKEN,
        /** It would be new, and as many without a prediction are kept as may. */
        FULL,
        /** None: whom it is about was forgotten. */
        FORGOTTEN
    }

    /**
     * How many outcomes without a prediction are kept.
     *
     * @param pending the most that wait for theirs
     * @param late the most that came when it was gone
     */
    record Bounds(int pending, int late) {
        int of(Match match) {
            return switch (match) {
                case PENDING -> pending;
                case MATCHED -> Integer.MAX_VALUE;
                case LATE -> late;
            };
        }
    }

    /** A chain whose prediction may have come by now. */
    record Waiting(String subject, String scope, long number) {}

    /** A chain whose predictions came, as far as the log has them. */
    record Arrived(Waiting chain, List<PredictionRecord> records) {}

    private static final int SCHEMA = 2;

    /** Chains that are deleted in one transaction when a subject is forgotten; reports wait for it. */
    private static final int FORGET_AT_ONCE = 1_000;

    private static final List<String> TABLES = List.of(
            "CREATE TABLE IF NOT EXISTS outcome (number INTEGER PRIMARY KEY, subject TEXT NOT NULL, scope TEXT NOT NULL,"
                    + " source TEXT NOT NULL, revision INTEGER NOT NULL, value TEXT NOT NULL, observed_us INTEGER,"
                    + " received_us INTEGER NOT NULL, reporter TEXT NOT NULL, match INTEGER NOT NULL,"
                    + " UNIQUE (subject, scope, source, revision))",
            "CREATE INDEX IF NOT EXISTS outcome_by_time ON outcome (received_us)",
            "CREATE INDEX IF NOT EXISTS outcome_pending ON outcome (received_us) WHERE match = 0",
            "CREATE INDEX IF NOT EXISTS outcome_late ON outcome (received_us) WHERE match = 2");

    private final Connection connection;
    private final OutcomeSubjects subjects;

    OutcomeStore(Path directory) {
        List<String> tables = new ArrayList<>(TABLES);
        tables.addAll(OutcomeSubjects.TABLES);
        connection = SqliteFile.open(directory.resolve("outcomes.db"), SCHEMA, tables);
        subjects = new OutcomeSubjects(connection);
    }

    /** Work that needs the file. */
    @FunctionalInterface
    private interface Work<T> {
        T run() throws SQLException;
    }

    private synchronized <T> T transaction(Work<T> work) {
        try {
            connection.setAutoCommit(false);
            try {
                T result = work.run();
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
            } finally {
                connection.setAutoCommit(true);
            }
        } catch (SQLException e) {
            throw new StoreUnavailable("outcomes can't be read or written now", e);
        }
    }

    /** Adds what is not there yet, all of it or, when the disk fails, nothing; it is on disk when this returns. */
    List<Placed> add(List<Entry> entries, Bounds bounds) {
        return transaction(() -> {
            Room room = new Room(bounds);
            List<Placed> placed = new ArrayList<>();
            for (Entry entry : entries) {
                List<PredictionRecord> remembered = subjects.remembered(entry.records());
                if (remembered.isEmpty() && !entry.records().isEmpty()) {
                    placed.add(new Placed(Place.FORGOTTEN, 0));
                    continue;
                }
                Placed at = add(entry, room);
                placed.add(at);
                if (at.place() != Place.FULL) {
                    subjects.note(entry.report().about().key(), entry.scope(), remembered);
                }
            }
            return placed;
        });
    }

    /** What is left of the bounds, in one transaction: counted when it is first asked for. */
    private final class Room {
        private final Bounds bounds;
        private final Map<Match, Integer> left = new EnumMap<>(Match.class);

        Room(Bounds bounds) {
            this.bounds = bounds;
        }

        /** Takes room for one; false when there is none. */
        boolean take(Match match) throws SQLException {
            if (match == Match.MATCHED) {
                return true;
            }
            Integer known = left.get(match);
            int room = known == null ? bounds.of(match) - count(match) : known;
            left.put(match, Math.max(0, room - 1));
            return room > 0;
        }
    }

    private int count(Match match) throws SQLException {
        // The number stands in the statement, because the index over such rows alone is not used otherwise.
        try (PreparedStatement count =
                        connection.prepareStatement("SELECT count(*) FROM outcome WHERE match = " + match.code);
                ResultSet row = count.executeQuery()) {
            return row.getInt(1);
        }
    }

    private Placed add(Entry entry, Room room) throws SQLException {
        OutcomeReport report = entry.report();
        Long observed = report.observedAt() == null ? null : micros(report.observedAt());
        int latest = 0;
        boolean taken = false;
        try (PreparedStatement select = connection.prepareStatement("SELECT revision, value, observed_us FROM outcome"
                + " WHERE subject = ? AND scope = ? AND source = ?")) {
            select.setString(1, report.about().key());
            select.setString(2, entry.scope());
            select.setString(3, report.source());
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    int revision = rows.getInt(1);
                    boolean same = rows.getString(2).equals(report.value())
                            && Objects.equals(observed, rows.getObject(3) == null ? null : rows.getLong(3));
                    if (same && (report.revision() == null || report.revision() == revision)) {
                        return new Placed(Place.SAME, revision);
                    }
                    taken |= report.revision() != null && report.revision() == revision;
                    latest = Math.max(latest, revision);
                }
            }
        }
        int revision = report.revision() == null ? latest + 1 : report.revision();
        if (taken) {
            return new Placed(Place.TAKEN, revision);
        }
        if (!room.take(entry.match())) {
            return new Placed(Place.FULL, revision);
        }
        insert(entry, observed, revision);
        return new Placed(latest == 0 ? Place.FIRST : revision > latest ? Place.LATEST : Place.EARLIER, revision);
    }

    private void insert(Entry entry, @Nullable Long observed, int revision) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO outcome (subject, scope, source,"
                + " revision, value, observed_us, received_us, reporter, match) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            insert.setString(1, entry.report().about().key());
            insert.setString(2, entry.scope());
            insert.setString(3, entry.report().source());
            insert.setInt(4, revision);
            insert.setString(5, entry.report().value());
            insert.setObject(6, observed);
            insert.setLong(7, micros(entry.received()));
            insert.setString(8, entry.reporter());
            insert.setInt(9, entry.match().code);
            insert.executeUpdate();
        }
    }

    /**
     * Returns outcomes of subjects, oldest first.
     *
     * @param lower the first subject's key
     * @param upper the key behind the last subject's
     * @param owner whose prediction it is: what others reported who may report on their own alone is left out. Null when it
     *     is not known: then everything is returned
     */
    List<Outcome> between(String lower, String upper, @Nullable String owner) {
        return transaction(() -> {
            try (PreparedStatement select = connection.prepareStatement("SELECT subject, value, observed_us, source,"
                    + " revision, received_us, reporter, revision = max(revision) OVER (PARTITION BY subject, scope,"
                    + " source) FROM outcome WHERE subject >= ? AND subject < ? AND (? OR scope IN ('', ?))"
                    + " ORDER BY received_us, number")) {
                select.setString(1, lower);
                select.setString(2, upper);
                select.setBoolean(3, owner == null);
                select.setString(4, owner);
                List<Outcome> outcomes = new ArrayList<>();
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        outcomes.add(outcome(rows));
                    }
                }
                return outcomes;
            }
        });
    }

    private static Outcome outcome(ResultSet row) throws SQLException {
        String subject = row.getString(1);
        boolean inference = subject.startsWith("i:");
        return new Outcome(
                inference ? null : Integer.valueOf(subject.substring(subject.lastIndexOf(':') + 1)),
                inference ? subject.substring(2) : null,
                row.getString(2),
                row.getObject(3) == null ? null : time(row.getLong(3)),
                row.getString(4),
                row.getInt(5),
                row.getBoolean(8),
                time(row.getLong(6)),
                row.getString(7));
    }

    /** Returns some that wait, oldest first: those behind a number. */
    List<Waiting> waiting(long after, int limit) {
        return transaction(() -> {
            try (PreparedStatement select = connection.prepareStatement("SELECT subject, scope, max(number) FROM"
                    + " outcome WHERE match = 0 AND number > ? GROUP BY subject, scope ORDER BY 3 LIMIT ?")) {
                select.setLong(1, after);
                select.setInt(2, limit);
                List<Waiting> waiting = new ArrayList<>();
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        waiting.add(new Waiting(rows.getString(1), rows.getString(2), rows.getLong(3)));
                    }
                }
                return Collections.unmodifiableList(waiting);
            }
        });
    }

    /**
     * Notes that the log has the predictions of chains that waited, and deletes those of subjects that were forgotten.
     *
     * @return how many outcomes were deleted
     */
    int matched(List<Arrived> chains) {
        return transaction(() -> {
            int deleted = 0;
            try (PreparedStatement update =
                    connection.prepareStatement("UPDATE outcome SET match = 1 WHERE subject = ? AND scope = ?")) {
                for (Arrived each : chains) {
                    Waiting chain = each.chain();
                    List<PredictionRecord> remembered = subjects.remembered(each.records());
                    if (remembered.isEmpty()) {
                        deleted += subjects.delete(chain.subject(), chain.scope());
                        continue;
                    }
                    update.setString(1, chain.subject());
                    update.setString(2, chain.scope());
                    if (update.executeUpdate() > 0) { // or it was deleted since it was looked at
                        subjects.note(chain.subject(), chain.scope(), remembered);
                    }
                }
                return deleted;
            }
        });
    }

    /**
     * Deletes what came before a time.
     *
     * @param waiting whether only that is meant which waits
     * @return how many
     */
    int forget(Instant before, boolean waiting) {
        return transaction(() -> {
            try (PreparedStatement delete = connection.prepareStatement(
                    "DELETE FROM outcome WHERE received_us < ?" + (waiting ? " AND match = 0" : ""))) {
                delete.setLong(1, micros(before));
                return delete.executeUpdate();
            }
        });
    }

    /** Says whether nothing may be kept of a prediction, because its subject was forgotten. */
    boolean isForgotten(PredictionRecord record) {
        return record.subjectKey() != null && transaction(() -> subjects.isForgotten(record));
    }

    /**
     * Deletes what was reported of subjects, some at a time, and keeps nothing of theirs that comes later; their bytes are in no
     * file any more when this returns. What ends in the middle is taken up by the next call, and not shown with its prediction until then.
     *
     * @param now what subjects asked for until then is forgotten
     */
    Outcomes.Forgotten forget(Set<String> subjectKeys, Instant now) {
        transaction(() -> {
            subjects.forgotten(subjectKeys, now.toEpochMilli());
            return now;
        });
        long deleted = 0;
        long shared = 0;
        for (String key : subjectKeys) {
            List<OutcomeSubjects.Chain> chains;
            do {
                chains = transaction(() -> subjects.chains(key, subjectKeys, FORGET_AT_ONCE));
                deleted += forget(chains, subjectKeys);
                shared += chains.stream().filter(OutcomeSubjects.Chain::shared).count();
            } while (!chains.isEmpty());
        }
        cutLog();
        return new Outcomes.Forgotten(deleted, shared, transaction(subjects::untold));
    }

    private long forget(List<OutcomeSubjects.Chain> chains, Set<String> subjectKeys) {
        return transaction(() -> {
            long deleted = 0;
            for (OutcomeSubjects.Chain chain : chains) {
                if (!chain.shared()) {
                    deleted += subjects.delete(chain.key(), chain.scope());
                }
                subjects.unlink(chain, subjectKeys);
            }
            return deleted;
        });
    }

    /** Cuts the log of writes, which has what was deleted. */
    private synchronized void cutLog() {
        try (Statement statement = connection.createStatement();
                ResultSet checkpoint = statement.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
            if (!checkpoint.next() || checkpoint.getInt(1) != 0) {
                throw new StoreUnavailable("the log of writes of outcomes is in use and can't be cut", null);
            }
        } catch (SQLException e) {
            throw new StoreUnavailable("outcomes can't be read or written now", e);
        }
    }

    private static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }

    private static Instant time(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    @Override
    public synchronized void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new StoreUnavailable("the file of outcomes can't be closed", e);
        }
    }
}
