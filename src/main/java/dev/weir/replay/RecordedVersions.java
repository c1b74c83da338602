package dev.weir.replay;

import dev.weir.inference.VersionRef;
import dev.weir.predictionlog.LogReader;
import dev.weir.predictionlog.RecordQuery;
import dev.weir.registry.Citations;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Set;
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
        RecordQuery query = new RecordQuery(
                null, null, null, ref.model(), ref.version(), null, null, null, null, Set.of(), false, true);
        String cursor = null;
        do {
            LogReader.Page page = log.search(query, cursor, 1);
            if (!page.entries().isEmpty()) {
                return "predictions that are on record";
            }
            cursor = page.next();
        } while (cursor != null);
        return null;
    }
}
