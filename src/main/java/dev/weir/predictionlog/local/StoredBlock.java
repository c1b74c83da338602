package dev.weir.predictionlog.local;

import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.LogEntry;
import dev.weir.predictionlog.PredictionRecord;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A block with all that stands beside it, as {@link EncodedBlock} has it. */
record StoredBlock(
        long firstSeq,
        int count,
        long minMillis,
        long maxMillis,
        long committedMillis,
        byte[] head,
        byte[] keys,
        byte[] body) {

    /** Returns where the blocks of a segment begin. */
    static List<Long> firsts(Connection connection, long limit) throws SQLException {
        List<Long> firsts = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT first_seq FROM block NOT INDEXED WHERE first_seq < ? ORDER BY first_seq")) {
            select.setLong(1, limit);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    firsts.add(rows.getLong(1));
                }
            }
        }
        return firsts;
    }

    /** Reads a block; null when it is not there. A block without a body has an empty one. */
    static @Nullable StoredBlock read(Connection connection, long firstSeq) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT b.count, b.min_ms, b.max_ms, b.committed_ms,"
                        + " b.head, b.keys, coalesce(y.body, x'') FROM block b NOT INDEXED"
                        + " LEFT JOIN block_body y ON y.first_seq = b.first_seq WHERE b.first_seq = ?")) {
            select.setLong(1, firstSeq);
            try (ResultSet row = select.executeQuery()) {
                return row.next()
                        ? new StoredBlock(
                                firstSeq,
                                row.getInt(1),
                                row.getLong(2),
                                row.getLong(3),
                                row.getLong(4),
                                row.getBytes(5),
                                row.getBytes(6),
                                row.getBytes(7))
                        : null;
            }
        }
    }

    /** Says whether every entry of the block is found by time and keys. */
    boolean isFoundBy(BlockCodec block) {
        for (int i = 0; i < block.count(); i++) {
            try {
                EntryCodec.Facts facts = EntryCodec.read(block.facts(i), block.contexts());
                if (facts != null && !isFound(facts.entry())) {
                    return false;
                }
            } catch (RuntimeException e) {
                return false;
            }
        }
        return true;
    }

    private boolean isFound(LogEntry entry) {
        return switch (entry) {
            case GapRecord gap ->
                covers(gap.from().toEpochMilli()) && covers(gap.to().toEpochMilli());
            case PredictionRecord record ->
                covers(record.started().toEpochMilli())
                        && covers(BlockBuilder.millis(record))
                        && KeyHash.contains(
                                keys, KeyHash.request(record.requestId().value()))
                        && record.inferenceIds().stream().allMatch(id -> KeyHash.contains(keys, KeyHash.inference(id)));
        };
    }

    private boolean covers(long millis) {
        return minMillis <= millis && millis <= maxMillis;
    }
}
