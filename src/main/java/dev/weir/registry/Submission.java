package dev.weir.registry;

import dev.weir.profile.ProfileLimits;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model version as it is handed over.
 *
 * @param model the model's name
 * @param version the version's name; null for the next number
 * @param directory where its files lie, and where a profile may be added to them
 * @param files their paths below {@code directory}, the model itself first
 * @param manifest what its maker says of it, a manifest that may lack fields; null for nothing
 * @param golden its golden samples, as a manifest has them, if the manifest does not have them; null for none
 * @param training a file of training data; null for none
 * @param limits how much training data to take
 * @param scratch a directory for files that are gone afterwards
 * @param actor who hands it over
 */
public record Submission(
        String model,
        @Nullable String version,
        Path directory,
        List<String> files,
        byte @Nullable [] manifest,
        byte @Nullable [] golden,
        @Nullable Path training,
        ProfileLimits limits,
        Path scratch,
        String actor) {

    /** Copies the list. */
    public Submission {
        files = List.copyOf(files);
    }
}
