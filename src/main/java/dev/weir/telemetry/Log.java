package dev.weir.telemetry;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.jboss.logmanager.ExtLogRecord;
import org.jspecify.annotations.Nullable;

/**
 * A logger whose lines are a constant message and key-values.
 *
 * <p>Thread-safe. A line below the configured level costs one check.
 */
public final class Log {

    private final Logger logger;

    private Log(Logger logger) {
        this.logger = logger;
    }

    /** Returns the logger named after a class. */
    public static Log of(Class<?> source) {
        return new Log(Logger.getLogger(source.getName()));
    }

    /** Begins a line about normal life. */
    public Line info(String message) {
        return new Line(logger, org.jboss.logmanager.Level.INFO, message);
    }

    /** Begins a line about something that needs a look. */
    public Line warn(String message) {
        return new Line(logger, org.jboss.logmanager.Level.WARN, message);
    }

    /** Begins a line about a fault of the server or a model. */
    public Line error(String message) {
        return new Line(logger, org.jboss.logmanager.Level.ERROR, message);
    }

    /** Begins a line for debugging. */
    public Line debug(String message) {
        return new Line(logger, org.jboss.logmanager.Level.DEBUG, message);
    }

    /** A line being written; nothing is logged before {@link #write()}. */
    public static final class Line {
        private final Logger logger;
        private final @Nullable ExtLogRecord entry;

        private Line(Logger logger, Level level, String message) {
            this.logger = logger;
            if (logger.isLoggable(level)) {
                entry = new ExtLogRecord(level, message, ExtLogRecord.FormatStyle.NO_FORMAT, Log.class.getName());
                entry.setLoggerName(logger.getName());
            } else {
                entry = null;
            }
        }

        /** Adds a key-value; null values are left out. */
        public Line with(LogKey key, @Nullable Object value) {
            if (entry != null && value != null) {
                entry.putMdc(key.spelling(), value.toString());
            }
            return this;
        }

        /** Adds the cause, with its stack trace. */
        public Line cause(@Nullable Throwable cause) {
            if (entry != null) {
                entry.setThrown(cause);
            }
            return this;
        }

        /** Writes the line. */
        public void write() {
            if (entry != null) {
                logger.log(entry);
            }
        }
    }
}
