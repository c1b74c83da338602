package dev.weir.servable;

import dev.weir.failure.ArtifactRejected;
import dev.weir.telemetry.Log;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A version's files as a runtime reads them: where others may write to them, copies that are this process's alone, so that
 * what was verified is what is loaded, and a file that is written over later changes nothing that serves (a runtime may map
 * a file's pages instead of reading them). The copies lie in the directory for temporary files and go when the load is
 * over; what is mapped stays readable without a name. Used by one thread.
 */
final class LoadCopy implements AutoCloseable {

    private static final Log LOG = Log.of(LoadCopy.class);
    private static final String PREFIX = "weir-load-";

    static {
        sweep(temporary());
    }

    private final ModelArtifact artifact;
    private final boolean isCopy;

    private LoadCopy(ModelArtifact artifact, boolean isCopy) {
        this.artifact = artifact;
        this.isCopy = isCopy;
    }

    /**
     * Copies the listed files if others may write to them.
     *
     * @throws ArtifactRejected when one is missing, linked or of another size, or can't be copied for now
     */
    static LoadCopy of(ModelArtifact artifact) {
        if (!artifact.shared()) {
            return new LoadCopy(artifact, false);
        }
        Path directory;
        try {
            directory =
                    Files.createTempDirectory(PREFIX + ProcessHandle.current().pid() + "-");
        } catch (IOException e) {
            throw unwritable(e);
        }
        LoadCopy copy = new LoadCopy(new ModelArtifact(artifact.manifest(), directory, artifact.digest()), true);
        boolean complete = false;
        try {
            artifact.manifest().files().forEach(file -> copy.take(artifact, file));
            complete = true;
            return copy;
        } finally {
            if (!complete) {
                copy.close();
            }
        }
    }

    /** Returns what to verify and to load. */
    ModelArtifact artifact() {
        return artifact;
    }

    private void take(ModelArtifact from, ArtifactFile file) {
        FileInspection.requirePlain(from, file);
        try (FileChannel in = FileChannel.open(from.locate(file), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            copy(in, file);
        } catch (IOException e) {
            throw ArtifactRejected.forNow("file '" + file.path() + "' can't be read or copied", e);
        }
    }

    private void copy(FileChannel in, ArtifactFile file) throws IOException {
        Path to = artifact.locate(file);
        Files.createDirectories(to.getParent());
        try (FileChannel out = FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            long done = 0;
            while (done < file.bytes()) {
                long more = in.transferTo(done, file.bytes() - done, out);
                if (more <= 0) {
                    throw new IOException("the file became shorter while it was copied");
                }
                done += more;
            }
        }
    }

    /** Removes the copies. */
    @Override
    public void close() {
        if (isCopy) {
            remove(artifact.directory());
        }
    }

    /** Removes what processes left that were killed while they loaded; one of this process's number is not this one. */
    static void sweep(Path temporary) {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(temporary, PREFIX + "*")) {
            for (Path each : left) {
                if (!isOfAnother(each.getFileName().toString())) {
                    remove(each);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            LOG.warn("a directory for temporary files can't be read").cause(e).write();
        }
    }

    private static boolean isOfAnother(String name) {
        String[] parts = name.substring(PREFIX.length()).split("-", 2);
        if (parts.length < 2 || !parts[0].matches("[1-9][0-9]{0,8}")) {
            return true;
        }
        long pid = Long.parseLong(parts[0]);
        return pid != ProcessHandle.current().pid() && ProcessHandle.of(pid).isPresent();
    }

    private static Path temporary() {
        return Path.of(System.getProperty("java.io.tmpdir"));
    }

    private static void remove(Path directory) {
        try (Stream<Path> walk = Files.walk(directory)) {
            List<Path> all = walk.sorted(Comparator.reverseOrder()).toList();
            for (Path each : all) {
                Files.deleteIfExists(each);
            }
        } catch (IOException | UncheckedIOException e) { // of files that another server's sweep has just removed, too
            LOG.warn("copies of a version's files can't be removed").cause(e).write();
        }
    }

    private static ArtifactRejected unwritable(IOException cause) {
        return ArtifactRejected.forNow("there is no room for copies of the version's files", cause);
    }
}
