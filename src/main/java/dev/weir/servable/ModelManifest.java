package dev.weir.servable;

import dev.weir.inference.ModelSignature;
import dev.weir.inference.VersionRef;
import java.util.List;

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
 */
public record ModelManifest(
        VersionRef ref,
        String format,
        String description,
        List<ArtifactFile> files,
        ModelSignature signature,
        SessionSettings session,
        List<GoldenSample> golden,
        Lineage lineage) {

    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException when there is no file, or a path occurs twice
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
    }

    /** Returns the size of all files in bytes. */
    public long bytes() {
        return files.stream().mapToLong(ArtifactFile::bytes).sum();
    }
}
