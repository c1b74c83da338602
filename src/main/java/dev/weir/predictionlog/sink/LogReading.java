package dev.weir.predictionlog.sink;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.predictionlog.LogReader;
import dev.weir.predictionlog.OwnLogReader;
import dev.weir.predictionlog.PredictionLogConfig;
import dev.weir.predictionlog.sink.postgresql.PostgresLogReader;
import dev.weir.predictionlog.sink.postgresql.PostgresSinks;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;

/** Chooses what readers of the record read: this server's own log, or what all servers forwarded to one database. */
@ApplicationScoped
class LogReading {

    private static final String OWN = "local";
    private static final String KEY = "weir.predictions.read-from";

    /**
     * Makes the reader.
     *
     * @throws ConfigurationRejected when the configuration names what can't be read
     */
    @Produces
    @Singleton
    LogReader reader(OwnLogReader own, PredictionLogConfig log, SinkConfig sinks, PostgresSinks postgres) {
        String name = log.readFrom();
        if (name.equals(OWN)) {
            return own;
        }
        SinkConfig.Sink sink = sinks.sinks().get(name);
        if (sink == null || !sink.type().equals(postgres.type())) {
            throw new ConfigurationRejected(
                    List.of(KEY + ": must be " + OWN + " or the name of a sink of type " + postgres.type()));
        }
        List<String> mistakes = new ArrayList<>();
        PostgresLogReader reader = postgres.reader(name, sink, mistakes);
        if (!mistakes.isEmpty()) {
            reader.close();
            throw new ConfigurationRejected(mistakes);
        }
        return reader;
    }

    /** Makes the reader at the start, so that what is wrong with it is told then. */
    void onStart(@Observes @Priority(200) StartupEvent event, LogReader reader) {}

    void close(@Disposes LogReader reader) {
        if (reader instanceof PostgresLogReader connected) {
            connected.close();
        }
    }
}
