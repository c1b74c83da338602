package dev.weir.predictionlog.sink.postgresql;

import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A few connections for readers, which take turns. One that failed is not used again. Thread-safe. */
final class ConnectionLeases implements AutoCloseable {

    private static final Log LOG = Log.of(ConnectionLeases.class);

    private static final Duration WAIT = Duration.ofSeconds(2);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final PostgresAccess access;
    private final Semaphore permits;
    private final ConcurrentLinkedDeque<Connection> idle = new ConcurrentLinkedDeque<>();
    private volatile boolean closed;

    /** What is asked of the database. */
    interface Question<T extends @Nullable Object> {
        /** Asks, and leaves nothing open. */
        T ask(Connection connection) throws SQLException;
    }

    ConnectionLeases(PostgresAccess access, int most) {
        this.access = access;
        this.permits = new Semaphore(most);
    }

    /**
     * Asks the database.
     *
     * @throws Overloaded when it can't be reached, takes too long, or too many ask at once
     */
    <T extends @Nullable Object> T ask(Question<T> question) {
        if (!permit()) {
            throw new Overloaded(FailureCode.LOG_UNAVAILABLE, "too many read the log of predictions", RETRY_AFTER);
        }
        try {
            Connection waiting = idle.pollFirst();
            if (waiting != null) {
                try {
                    return asked(waiting, question);
                } catch (SQLException e) {
                    if (!isLost(e)) {
                        throw e;
                    }
                    // The database was restarted meanwhile: that is no reason to fail.
                }
            }
            return asked(access.connect(), question);
        } catch (SQLException e) {
            throw unavailable("sqlstate " + SqlStates.state(e));
        } catch (IOException e) {
            throw unavailable(String.valueOf(e.getMessage()));
        } finally {
            permits.release();
        }
    }

    private boolean permit() {
        try {
            return !closed && permits.tryAcquire(WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private <T extends @Nullable Object> T asked(Connection connection, Question<T> question) throws SQLException {
        boolean fine = false;
        try {
            T answer = question.ask(connection);
            connection.rollback();
            fine = true;
            return answer;
        } finally {
            if (fine && !closed) {
                idle.addFirst(connection);
            } else {
                discard(connection);
            }
        }
    }

    private static void discard(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            // it is of no use any more, which is why it is closed
        }
    }

    private static boolean isLost(SQLException e) {
        String state = SqlStates.state(e);
        return state.startsWith("08") || state.startsWith("57P");
    }

    private static Overloaded unavailable(String reason) {
        LOG.warn("log of predictions can't be read in the database")
                .with(LogKey.REASON, reason)
                .write();
        return new Overloaded(FailureCode.LOG_UNAVAILABLE, "the log of predictions can't be read now", RETRY_AFTER);
    }

    @Override
    public void close() {
        closed = true;
        for (Connection connection = idle.pollFirst(); connection != null; connection = idle.pollFirst()) {
            discard(connection);
        }
    }
}
