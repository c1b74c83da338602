package dev.weir.predictionlog.local;

import dev.weir.predictionlog.LogEntry;
import dev.weir.predictionlog.PayloadSeal;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.StoredEntry;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads blocks out of segments, one short transaction each. A segment that was deleted meanwhile has none; what is damaged is
 * logged and left out. Thread-safe.
 */
final class SegmentScan {

    private static final Log LOG = Log.of(SegmentScan.class);

    private final ReadConnections connections;

    SegmentScan(ReadConnections connections) {
        this.connections = connections;
    }

    /**
     * A block that was read.
     *
     * @param firstSeq the number of its first entry
     * @param lastSeq the number of its last entry
     * @param bytes its size
     * @param block its entries; null when it can't be decoded
     */
    record Found(
            long firstSeq,
            long lastSeq,
            int bytes,
            @Nullable BlockCodec block) {}

    private record Row(int count, byte[] body) {}

    private <T extends @Nullable Object> T read(Segment segment, T none, ReadConnections.Reading<T> reading) {
        try {
            return connections.read(segment.file(), reading);
        } catch (SQLException e) {
            if (!Files.exists(segment.file())) {
                return none;
            }
            if (Sqlite.isDamage(e)) {
                LOG.error("a segment of the prediction log is damaged")
                        .with(LogKey.COUNT, segment.number())
                        .cause(e)
                        .write();
                return none;
            }
            throw new IllegalStateException("the prediction log can't be read now", e);
        }
    }

    /** Returns where the blocks begin that may have entries of a time, oldest first. */
    List<Long> blocksOf(Segment segment, long fromMillis, long toMillis) {
        return read(segment, List.of(), connection -> {
            try (PreparedStatement select = connection.prepareStatement("SELECT first_seq FROM block"
                    + " WHERE max_ms >= ? AND min_ms <= ? AND first_seq < ? ORDER BY first_seq")) {
                select.setLong(1, fromMillis);
                select.setLong(2, toMillis);
                select.setLong(3, segment.limit());
                return numbers(select);
            }
        });
    }

    /** Returns where the blocks begin that may have a key, oldest first. */
    List<Long> blocksWith(Segment segment, long key) {
        return read(segment, List.of(), connection -> {
            List<Long> found = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT first_seq, keys FROM block NOT INDEXED WHERE first_seq < ? ORDER BY first_seq")) {
                select.setLong(1, segment.limit());
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        if (KeyHash.contains(rows.getBytes(2), key)) {
                            found.add(rows.getLong(1));
                        }
                    }
                }
            }
            return found;
        });
    }

    /**
     * Returns where the next blocks begin that may have entries of a time: from the one with an entry on.
     *
     * @param seq the entry
     * @param backwards whether the blocks before are asked for, newest first, instead of those after
     */
    List<Long> blocksFrom(Segment segment, long seq, boolean backwards, long fromMillis, long toMillis, int limit) {
        String next = backwards
                ? " AND first_seq <= ? ORDER BY first_seq DESC LIMIT ?"
                : " AND first_seq >= (SELECT coalesce(max(first_seq), 0) FROM block WHERE first_seq <= ?)"
                        + " ORDER BY first_seq LIMIT ?";
        return read(segment, List.of(), connection -> {
            try (PreparedStatement select = connection.prepareStatement("SELECT first_seq FROM block NOT INDEXED"
                    + " WHERE max_ms >= ? AND min_ms <= ? AND first_seq < ?" + next)) {
                select.setLong(1, fromMillis);
                select.setLong(2, toMillis);
                select.setLong(3, segment.limit());
                select.setLong(4, seq);
                select.setInt(5, limit);
                return numbers(select);
            }
        });
    }

    private static List<Long> numbers(PreparedStatement select) throws SQLException {
        List<Long> numbers = new ArrayList<>();
        try (ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                numbers.add(rows.getLong(1));
            }
        }
        return numbers;
    }

    /** Returns a block; null when it is not there any more. */
    @Nullable
    Found block(Segment segment, long firstSeq) {
        Row row = this.<@Nullable Row>read(segment, null, connection -> row(connection, firstSeq));
        if (row == null) {
            return null;
        }
        long lastSeq = firstSeq + row.count() - 1;
        try {
            BlockCodec block = BlockCodec.of(row.body());
            if (block.count() != row.count()) {
                throw new UnreadableBlock("a block has another number of entries than it should");
            }
            return new Found(firstSeq, lastSeq, row.body().length, block);
        } catch (UnreadableBlock e) {
            LOG.error("a block of the prediction log can't be read")
                    .with(LogKey.COUNT, firstSeq)
                    .cause(e)
                    .write();
            return new Found(firstSeq, lastSeq, row.body().length, null);
        }
    }

    private static @Nullable Row row(Connection connection, long firstSeq) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT b.count, y.body FROM block b NOT INDEXED"
                + " JOIN block_body y ON y.first_seq = b.first_seq WHERE b.first_seq = ?")) {
            select.setLong(1, firstSeq);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? new Row(row.getInt(1), row.getBytes(2)) : null;
            }
        }
    }

    /**
     * Returns an entry of a block; null when it is not wanted, or can't be read.
     *
     * @param wanted decides by what an entry says beside its payload
     */
    @Nullable
    StoredEntry entry(Segment segment, Found found, int index, PayloadSeal seal, Predicate<LogEntry> wanted) {
        BlockCodec block = found.block();
        if (block == null) {
            return null;
        }
        Position position = segment.position(found.firstSeq() + index);
        try {
            return block.entry(index, segment.header().replica(), position, seal, wanted);
        } catch (UnreadableBlock e) {
            LOG.error("an entry of the prediction log can't be read")
                    .with(LogKey.COUNT, position.seq())
                    .cause(e)
                    .write();
            return null;
        }
    }

    /** Returns the number of the last entry that counts, or one less than the first. */
    long lastSeq(Segment segment) {
        Long last = this.<@Nullable Long>read(
                segment,
                null,
                connection -> Sqlite.number(
                        connection,
                        "SELECT first_seq + count - 1 FROM block NOT INDEXED WHERE first_seq < ? ORDER BY first_seq DESC LIMIT 1",
                        segment.limit()));
        return last == null ? segment.header().firstSeq() - 1 : last;
    }
}
