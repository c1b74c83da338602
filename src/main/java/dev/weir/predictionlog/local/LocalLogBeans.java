package dev.weir.predictionlog.local;

import dev.weir.predictionlog.LogTail;
import dev.weir.predictionlog.OwnLogReader;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.enterprise.inject.Typed;
import jakarta.inject.Singleton;

/** Gives others the local log to read. */
@ApplicationScoped
class LocalLogBeans {

    @Produces
    @Singleton
    @Typed({OwnLogReader.class, LogTail.class})
    LocalLogReader reader(LocalPredictionLog log) {
        return log.reader();
    }
}
