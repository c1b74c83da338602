package dev.weir.servable;

import dev.weir.inference.ModelSignature;
import dev.weir.inference.VersionRef;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The data that describe a model version; never a class name, never code.
 *
 * @param ref the version
 * @param format the name of the {@link ModelFormat} that loads it
 * @param description what it is, for people
 * @param files every file that may be read, the model itself first
 * @param signature what it takes and gives
 * @param session how to run it
 * @param golden what it must answer before it may serve
 * @param lineage where it comes from
 * @param profile the path of the file that describes its training data, one of {@code files}; null when there is none
 */
public record ModelManifest(
        VersionRef ref,
        String format,
        String description,
        List<ArtifactFile> files,
        ModelSignature signature,
        SessionSettings session,
        List<GoldenSample> golden,
        Lineage lineage,
        @Nullable String profile) {

    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException when there is no file, a path occurs twice, or the profile is no listed file
     */
    public ModelManifest {
        files = List.copyOf(files);
        golden = List.copyOf(golden);
        if (files.isEmpty()) {
            throw new IllegalArgumentException("a manifest lists at least one file");
        }
        if (files.stream().map(ArtifactFile::path).distinct().count() != files.size()) {
            throw new IllegalArgumentException("a manifest lists a file twice");
        }
        if (profile != null
                && files.stream().skip(1).noneMatch(file -> file.path().equals(profile))) {
            throw new IllegalArgumentException("profile must be the path of a listed file, and not of the model");
        }
    }

    /** Makes a manifest of a version without a profile. */
    public ModelManifest(
            VersionRef ref,
            String format,
            String description,
            List<ArtifactFile> files,
            ModelSignature signature,
            SessionSettings session,
            List<GoldenSample> golden,
            Lineage lineage) {
        this(ref, format, description, files, signature, session, golden, lineage, null);
    }

    /** Returns the size of all files in bytes. */
    public long bytes() {
        return files.stream().mapToLong(ArtifactFile::bytes).sum();
    }
}
