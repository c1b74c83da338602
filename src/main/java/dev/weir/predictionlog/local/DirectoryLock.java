package dev.weir.predictionlog.local;

import dev.weir.failure.ConfigurationRejected;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** The right to write to a directory. The system takes it back when the process ends, in whatever way. */
final class DirectoryLock implements AutoCloseable {

    private final FileChannel channel;

    private DirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the right.
     *
     * @throws ConfigurationRejected when another server has it
     */
    static DirectoryLock take(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean taken = false;
        try {
            taken = channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            // another server in this process has it
        } finally {
            if (!taken) {
                channel.close();
            }
        }
        if (!taken) {
            throw new ConfigurationRejected(
                    List.of("weir.predictions.directory: another server writes its log there; each needs a directory of"
                            + " its own"));
        }
        return new DirectoryLock(channel);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
