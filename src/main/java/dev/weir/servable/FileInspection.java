package dev.weir.servable;

import dev.weir.failure.ArtifactRejected;
import jakarta.annotation.Priority;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;

/**
 * Looks at a version's files from outside, before any of them is read: their number, their sizes, and that each is a
 * plain file that nobody else has under another name.
 */
@Singleton
@Priority(FileInspection.FIRST)
public class FileInspection implements LoadGuard {

    /** Before the guards that set something aside for a load. */
    static final int FIRST = 300;

    private static final String UNIX = "unix";

    private final int maxFiles;
    private final long maxFileBytes;
    private final long maxBytes;

    /** Takes the limits. */
    @Inject
    public FileInspection(LoadConfig config) {
        this(
                config.maxFiles(),
                config.maxFileBytes().asLongValue(),
                config.maxBytes().asLongValue());
    }

    /**
     * Takes the limits.
     *
     * @param maxFiles files of a version
     * @param maxFileBytes bytes of one file
     * @param maxBytes bytes of all files together
     */
    public FileInspection(int maxFiles, long maxFileBytes, long maxBytes) {
        this.maxFiles = maxFiles;
        this.maxFileBytes = maxFileBytes;
        this.maxBytes = maxBytes;
    }

    @Override
    public Permit admit(ModelArtifact artifact) {
        requireWithinLimits(artifact.manifest());
        artifact.manifest().files().forEach(file -> requirePlain(artifact, file));
        return Permit.NONE;
    }

    /**
     * Requires that a version is no larger than allowed, as far as its manifest says; for sources too, before they fetch
     * its files.
     *
     * @throws ArtifactRejected naming the limit
     */
    public void requireWithinLimits(ModelManifest manifest) {
        List<ArtifactFile> files = manifest.files();
        if (files.size() > maxFiles) {
            throw new ArtifactRejected(
                    "the version has " + files.size() + " files, but may have " + maxFiles + " (weir.load.max-files)");
        }
        long left = maxBytes;
        for (ArtifactFile file : files) {
            if (file.bytes() > maxFileBytes) {
                throw new ArtifactRejected("file '" + file.path() + "' has " + file.bytes() + " bytes, but may have "
                        + maxFileBytes + " (weir.load.max-file-bytes)");
            }
            if (file.bytes() > left) {
                throw new ArtifactRejected(
                        "the version's files have more than " + maxBytes + " bytes (weir.load.max-bytes)");
            }
            left -= file.bytes();
        }
    }

    /**
     * Requires that a file is a plain one below the version's directory, with the size that the manifest says.
     *
     * @throws ArtifactRejected when it is missing, a link or behind one, no regular file, or of another size
     */
    static void requirePlain(ModelArtifact artifact, ArtifactFile file) {
        Path step = artifact.directory();
        Path path = artifact.locate(file);
        for (Path name : artifact.directory().relativize(path)) {
            step = step.resolve(name);
            if (Files.isSymbolicLink(step)) {
                throw new ArtifactRejected("file '" + file.path() + "' is or lies behind a link");
            }
        }
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new ArtifactRejected("file '" + file.path() + "' is missing or no regular file");
        }
        try {
            requireOneName(path, file);
            if (Files.size(path) != file.bytes()) {
                throw new ArtifactRejected("file '" + file.path() + "' has " + Files.size(path)
                        + " bytes, but the manifest says " + file.bytes());
            }
        } catch (IOException e) {
            throw ArtifactRejected.forNow("file '" + file.path() + "' can't be read", e);
        }
    }

    /** What has a second name can be changed under it, by whoever may write there. */
    private static void requireOneName(Path path, ArtifactFile file) throws IOException {
        if (path.getFileSystem().supportedFileAttributeViews().contains(UNIX)
                && Files.getAttribute(path, UNIX + ":nlink", LinkOption.NOFOLLOW_LINKS) instanceof Integer names
                && names > 1) {
            throw new ArtifactRejected("file '" + file.path() + "' has " + names
                    + " names (hard links); copy it instead, because a version's files must belong to it alone");
        }
    }
}
