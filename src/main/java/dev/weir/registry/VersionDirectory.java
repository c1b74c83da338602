package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.servable.ModelManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A version's directory, wherever it lies. */
public final class VersionDirectory {

    private VersionDirectory() {}

    /**
     * Reads the manifest in it. Nothing is said about the files.
     *
     * @throws ArtifactRejected naming the field that is wrong
     * @throws IOException when there is none
     */
    public static ModelManifest manifest(Path directory) throws IOException {
        return ManifestReader.read(Files.readAllBytes(directory.resolve(DirectoryVersions.MANIFEST)));
    }
}
