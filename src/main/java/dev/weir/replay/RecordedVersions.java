package dev.weir.replay;

import dev.weir.inference.VersionRef;
import dev.weir.predictionlog.LogReader;
import dev.weir.registry.Citations;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;

/** Keeps versions that recorded predictions were made by, because only they can say the same again. */
@Singleton
class RecordedVersions implements Citations {

    private final LogReader log;

    @Inject
    RecordedVersions(LogReader log) {
        this.log = log;
    }

    @Override
    public @Nullable String citing(VersionRef ref) {
        return log.hasRecordOf(ref) ? "predictions that are on record" : null;
    }
}
