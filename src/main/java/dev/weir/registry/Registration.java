package dev.weir.registry;

import dev.weir.servable.ModelArtifact;
import java.util.List;

/**
 * What became of a version that was handed over.
 *
 * @param result whether it is there now, and since when
 * @param artifact the version, its files where they were handed over
 * @param warnings what its maker may want to add next time
 */
public record Registration(Result result, ModelArtifact artifact, List<String> warnings) {

    /** Copies the list. */
    public Registration {
        warnings = List.copyOf(warnings);
    }

    /** How a registration ends that is not refused. */
    public enum Result {
        /** The registry has it now. */
        CREATED,
        /** The registry had it already, with the same content. */
        UNCHANGED,
        /** The registry would take it; nobody wanted it to. */
        DRY_RUN
    }
}
