package dev.weir.servable;

import java.nio.file.Path;

/**
 * A version's manifest and files on this machine's disk.
 *
 * @param manifest what describes it
 * @param directory where its files lie
 * @param digest {@code sha256:} and the digest of the manifest's bytes, which holds the digests of the files
 * @param shared whether others than this process may write to the files
 */
public record ModelArtifact(ModelManifest manifest, Path directory, String digest, boolean shared) {

    /** Describes a version whose files are this process's alone. */
    public ModelArtifact(ModelManifest manifest, Path directory, String digest) {
        this(manifest, directory, digest, false);
    }

    /** Returns the same version, with files that others may write to. */
    public ModelArtifact inSharedDirectory() {
        return new ModelArtifact(manifest, directory, digest, true);
    }

    /** Returns where a listed file lies. */
    public Path locate(ArtifactFile file) {
        return directory.resolve(file.path());
    }

    /** Returns where the model itself lies: the first listed file. */
    public Path model() {
        return locate(manifest.files().getFirst());
    }
}
