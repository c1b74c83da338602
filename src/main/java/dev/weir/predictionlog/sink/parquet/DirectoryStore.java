package dev.weir.predictionlog.sink.parquet;

import dev.weir.store.SyncedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Files in a directory. A file being written has another ending, and is left over if the process dies. */
final class DirectoryStore implements FileStore {

    private final Path directory;

    DirectoryStore(Path directory) {
        this.directory = directory;
    }

    @Override
    public void put(String name, byte[] content) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.resolveSibling(""));
        SyncedFile.write(file, content);
    }

    @Override
    public byte @Nullable [] get(String name) throws IOException {
        try {
            return Files.readAllBytes(directory.resolve(name));
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    @Override
    public void close() {}
}
