package dev.weir.predictionlog.sink.postgresql;

import dev.weir.predictionlog.LogSink;
import dev.weir.predictionlog.sink.SinkTrouble;
import dev.weir.predictionlog.sink.Trouble;
import java.sql.SQLException;

/**
 * What the database's errors mean. Their messages quote what was written, so none of them goes on: only the code does,
 * and the stack trace of an exception without a message.
 */
final class SqlStates {

    /** A text holds what no text of the database may. */
    static final String UNTRANSLATABLE = "22021";

    private SqlStates() {}

    /**
     * Returns what keeps the sink from being written.
     *
     * @throws LogSink.Refused when it is the entries
     */
    static SinkTrouble explain(SQLException e) throws LogSink.Refused {
        String state = state(e);
        if (isAboutEntries(state)) {
            throw new LogSink.Refused("sqlstate " + state, null);
        }
        return trouble(e);
    }

    /** Returns what keeps the sink from being written, whatever the reason. */
    static SinkTrouble trouble(SQLException e) {
        String state = state(e);
        SinkTrouble trouble = new SinkTrouble(word(state), "the database answers with sqlstate " + state, null);
        trouble.setStackTrace(e.getStackTrace());
        return trouble;
    }

    static String state(SQLException e) {
        String state = e.getSQLState();
        return state == null || state.isEmpty() ? "none" : state;
    }

    /** Values that no column takes, rows that are too large, and entries that are there already. */
    private static boolean isAboutEntries(String state) {
        return state.startsWith("22") || state.startsWith("54") || (state.startsWith("23") && !state.equals("23514"));
    }

    private static Trouble word(String state) {
        return switch (state) {
            case "42501" -> Trouble.FORBIDDEN;
            case "42P01", "42703", "3F000", "3D000", "23514" -> Trouble.MISSING;
            case "57014", "55P03", "25P03" -> Trouble.TIMEOUT;
            case "53100", "53200" -> Trouble.FULL;
            default -> state.startsWith("28") ? Trouble.UNAUTHENTICATED : Trouble.UNREACHABLE;
        };
    }
}
