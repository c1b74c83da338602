package dev.weir.servable;

import java.nio.file.Path;

/**
 * A version's manifest and files on this machine's disk.
 *
 * @param manifest what describes it
 * @param directory where its files lie
 * @param digest {@code sha256:} and the digest of the manifest's bytes, which holds the digests of the files
 */
public record ModelArtifact(ModelManifest manifest, Path directory, String digest) {

    /** Returns where a listed file lies. */
    public Path locate(ArtifactFile file) {
        return directory.resolve(file.path());
    }

    /** Returns where the model itself lies: the first listed file. */
    public Path model() {
        return locate(manifest.files().getFirst());
    }
}
