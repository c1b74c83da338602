package dev.weir.serving;

import com.github.f4b6a3.uuid.alt.GUID;
import dev.weir.inference.PredictionId;
import jakarta.inject.Singleton;

/** Makes prediction ids: UUIDv7, so that they sort by time. Thread-safe. */
@Singleton
public class PredictionIds {

    /** Returns a new id. */
    public PredictionId next() {
        return new PredictionId(GUID.v7().toUUID());
    }
}
