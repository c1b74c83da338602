package dev.weir.registry;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Documents in a registry directory. Each is written to a file beside it and renamed, under a lock that other processes
 * see.
 */
final class DirectoryDocuments implements ModelDocuments {

    private static final String LOCK = ".documents.lock";

    /** The lock of a file keeps other processes out, but fails when the same process holds it already. */
    private static final Object WRITER = new Object();

    private final Path root;

    DirectoryDocuments(Path root) {
        this.root = root;
    }

    @Override
    public byte @Nullable [] read(String model, String name) throws IOException {
        Path file = root.resolve(model).resolve(name);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return null;
        }
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IOException(name + " is larger than " + MAX_BYTES + " bytes");
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    @Override
    public void change(String model, String name, Change change) throws IOException {
        synchronized (WRITER) {
            try (FileChannel channel = FileChannel.open(
                    root.resolve(model).resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                channel.lock(); // until it is closed
                write(root.resolve(model), name, change.of(read(model, name)));
            }
        }
    }

    private static void write(Path model, String name, byte[] document) throws IOException {
        Path fresh = model.resolve("." + name + ".new");
        try (FileChannel out = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(document);
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
        Files.move(fresh, model.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        sync(model); // or a power failure could undo a change that was confirmed
    }

    /** Makes the names in a directory durable. */
    static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
