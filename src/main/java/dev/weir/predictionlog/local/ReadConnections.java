package dev.weir.predictionlog.local;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Connections that read segments, kept open for a while, because to open one costs more than most readings. Thread-safe; a
 * connection is lent to one thread at a time, which reads and gives it back, so that no reading lasts.
 */
final class ReadConnections implements AutoCloseable {

    /** Connections that are kept when nobody uses them. */
    private static final int KEPT = 16;

    /** Unused connections, those of the file that was used longest ago first. Guarded by this. */
    private final Map<Path, Deque<Connection>> unused = new LinkedHashMap<>(16, 0.75f, true);

    /** Guarded by this. */
    private int kept;

    /** Guarded by this. */
    private boolean closed;

    /** Reads from a segment. */
    @FunctionalInterface
    interface Reading<T extends @Nullable Object> {
        T from(Connection connection) throws SQLException;
    }

    <T extends @Nullable Object> T read(Path segment, Reading<T> reading) throws SQLException {
        Connection connection = take(segment);
        boolean healthy = false;
        try {
            T result = reading.from(connection);
            healthy = true;
            return result;
        } finally {
            if (healthy) {
                give(segment, connection);
            } else {
                connection.close();
            }
        }
    }

    private Connection take(Path segment) throws SQLException {
        synchronized (this) {
            Deque<Connection> some = unused.get(segment);
            if (some != null && !some.isEmpty()) {
                kept--;
                return some.pop();
            }
        }
        return Sqlite.forReading(segment);
    }

    private void give(Path segment, Connection connection) throws SQLException {
        Connection surplus = null;
        synchronized (this) {
            if (closed) {
                surplus = connection;
            } else {
                unused.computeIfAbsent(segment, file -> new ArrayDeque<>()).push(connection);
                kept++;
                if (kept > KEPT) {
                    surplus = oldest();
                }
            }
        }
        if (surplus != null) {
            surplus.close();
        }
    }

    private synchronized @Nullable Connection oldest() {
        for (Iterator<Deque<Connection>> each = unused.values().iterator(); each.hasNext(); ) {
            Deque<Connection> some = each.next();
            Connection connection = some.pollLast();
            if (some.isEmpty()) {
                each.remove();
            }
            if (connection != null) {
                kept--;
                return connection;
            }
        }
        return null;
    }

    /** Forgets a segment that is to go. Who reads it at the moment may go on. */
    void forget(Path segment) throws SQLException {
        Deque<Connection> some;
        synchronized (this) {
            some = unused.remove(segment);
            kept -= some == null ? 0 : some.size();
        }
        if (some != null) {
            for (Connection connection : some) {
                connection.close();
            }
        }
    }

    @Override
    public void close() throws SQLException {
        synchronized (this) {
            closed = true;
        }
        for (Connection connection = oldest(); connection != null; connection = oldest()) {
            connection.close();
        }
    }
}
