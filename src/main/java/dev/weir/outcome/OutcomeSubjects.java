package dev.weir.outcome;

import dev.weir.inference.PredictionId;
import dev.weir.predictionlog.PredictionRecord;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Whom chains of outcomes are about, and who was forgotten, in the file of outcomes. Whom a chain is about is noted as soon as
 * the log has its prediction, because outcomes outlive records. Used within the store's transactions.
 */
final class OutcomeSubjects {

    /** A chain's notes go with its last outcome, whoever deletes that. */
    static final List<String> TABLES = List.of(
            "CREATE TABLE IF NOT EXISTS chain_subject (chain TEXT NOT NULL, scope TEXT NOT NULL, subject_key TEXT NOT NULL,"
                    + " PRIMARY KEY (chain, scope, subject_key)) WITHOUT ROWID",
            "CREATE INDEX IF NOT EXISTS chain_subject_by_key ON chain_subject (subject_key)",
            "CREATE TRIGGER IF NOT EXISTS chain_gone AFTER DELETE ON outcome WHEN NOT EXISTS (SELECT 1 FROM outcome"
                    + " WHERE subject = OLD.subject AND scope = OLD.scope) BEGIN DELETE FROM chain_subject"
                    + " WHERE chain = OLD.subject AND scope = OLD.scope; END",
            "CREATE TABLE IF NOT EXISTS erased (subject_key TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) WITHOUT ROWID",
            "CREATE INDEX IF NOT EXISTS outcome_late ON outcome (number) WHERE match = 2");

    private final Connection connection;

    OutcomeSubjects(Connection connection) {
        this.connection = connection;
    }

    /** A chain of some subject, and whether it is about somebody else too. */
    record Chain(String key, String scope, boolean shared) {}

    /** Notes that nothing is kept of what subjects asked for until a time. */
    void forgotten(Collection<String> subjectKeys, long atMillis) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO erased (subject_key, at_ms) VALUES"
                + " (?, ?) ON CONFLICT (subject_key) DO UPDATE SET at_ms = max(at_ms, excluded.at_ms)")) {
            for (String key : subjectKeys) {
                insert.setString(1, key);
                insert.setLong(2, atMillis);
                insert.executeUpdate();
            }
        }
    }

    /** Says whether the subject of a prediction was forgotten after it asked. */
    boolean isForgotten(PredictionRecord record) throws SQLException {
        if (record.subjectKey() == null) {
            return false;
        }
        try (PreparedStatement select =
                connection.prepareStatement("SELECT 1 FROM erased WHERE subject_key = ? AND at_ms >= ?")) {
            select.setString(1, record.subjectKey());
            select.setLong(2, madeMillis(record.id()));
            try (ResultSet row = select.executeQuery()) {
                return row.next();
            }
        }
    }

    /** Returns the time that stands in a UUIDv7. */
    static long madeMillis(PredictionId id) {
        return id.value().getMostSignificantBits() >>> 16;
    }

    /** Returns the records of which something may be kept. */
    List<PredictionRecord> remembered(List<PredictionRecord> records) throws SQLException {
        List<PredictionRecord> remembered = new ArrayList<>();
        for (PredictionRecord record : records) {
            if (!isForgotten(record)) {
                remembered.add(record);
            }
        }
        return remembered;
    }

    /** Notes that a chain is about the subjects of records. */
    void note(String chain, String scope, List<PredictionRecord> records) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT OR IGNORE INTO chain_subject (chain, scope, subject_key) VALUES (?, ?, ?)")) {
            for (PredictionRecord record : records) {
                if (record.subjectKey() != null) {
                    insert.setString(1, chain);
                    insert.setString(2, scope);
                    insert.setString(3, record.subjectKey());
                    insert.executeUpdate();
                }
            }
        }
    }

    /** Returns some of the chains that are about a subject. */
    List<Chain> chains(String subjectKey, Collection<String> allKeys, int limit) throws SQLException {
        String own = String.join(", ", allKeys.stream().map(any -> "?").toList());
        try (PreparedStatement select = connection.prepareStatement("SELECT chain, scope, EXISTS (SELECT 1 FROM"
                + " chain_subject o WHERE o.chain = s.chain AND o.scope = s.scope AND o.subject_key NOT IN (" + own
                + ")) FROM chain_subject s WHERE subject_key = ? LIMIT ?")) {
            int at = 0;
            for (String key : allKeys) {
                select.setString(++at, key);
            }
            select.setString(++at, subjectKey);
            select.setInt(++at, limit);
            List<Chain> chains = new ArrayList<>();
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    chains.add(new Chain(rows.getString(1), rows.getString(2), rows.getBoolean(3)));
                }
            }
            return chains;
        }
    }

    /** Deletes that a chain is about a subject. */
    void unlink(Chain chain, Collection<String> subjectKeys) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement(
                "DELETE FROM chain_subject WHERE chain = ? AND scope = ? AND subject_key = ?")) {
            for (String key : subjectKeys) {
                delete.setString(1, chain.key());
                delete.setString(2, chain.scope());
                delete.setString(3, key);
                delete.executeUpdate();
            }
        }
    }

    /** Deletes a chain, and returns how many outcomes it had. */
    int delete(String chain, String scope) throws SQLException {
        try (PreparedStatement delete =
                connection.prepareStatement("DELETE FROM outcome WHERE subject = ? AND scope = ?")) {
            delete.setString(1, chain);
            delete.setString(2, scope);
            return delete.executeUpdate();
        }
    }

    /** Returns how many outcomes came after the record of their prediction was gone: nobody knows whom they are about. */
    long untold() throws SQLException {
        try (PreparedStatement count = connection.prepareStatement("SELECT count(*) FROM outcome WHERE match = 2");
                ResultSet row = count.executeQuery()) {
            return row.getLong(1);
        }
    }
}
