package dev.weir.registry;

import dev.weir.store.SyncedFile;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The marks of loads and versions in a directory, a file each. What can't be read or written is logged, and keeps nobody up. */
final class LoadMarks {

    private static final Log LOG = Log.of(LoadMarks.class);

    private final Path directory;

    LoadMarks(Path directory) {
        this.directory = directory;
    }

    /** Returns every mark; what is none is removed. */
    List<LoadMark> read() {
        List<LoadMark> marks = new ArrayList<>();
        if (!Files.isDirectory(directory)) {
            return marks;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.json")) {
            for (Path file : files) {
                try {
                    marks.add(LoadMark.of(Files.readAllBytes(file)));
                } catch (IOException | IllegalArgumentException e) {
                    LOG.warn("the mark of a load can't be read").cause(e).write();
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            LOG.warn("the marks of loads can't be read").cause(e).write();
        }
        return marks;
    }

    /** Writes a mark, which is on disk when this returns. */
    void write(LoadMark mark) {
        try {
            Files.createDirectories(directory);
            SyncedFile.write(directory.resolve(mark.fileName()), mark.toBytes());
        } catch (IOException e) {
            LOG.warn("the mark of a load can't be written; the version is loaded without it")
                    .with(LogKey.MODEL, mark.model())
                    .with(LogKey.VERSION, mark.version())
                    .cause(e)
                    .write();
        }
    }

    void remove(LoadMark mark) {
        try {
            Files.deleteIfExists(directory.resolve(mark.fileName()));
        } catch (IOException e) {
            LOG.warn("the mark of a load can't be removed")
                    .with(LogKey.MODEL, mark.model())
                    .with(LogKey.VERSION, mark.version())
                    .cause(e)
                    .write();
        }
    }
}
