package dev.weir.predictionlog.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Checkpoints in a file, one line each. Each file is written by one thread. */
public final class CheckpointFile {

    /** Its name in the directory of the log. */
    public static final String NAME = "checkpoints.ndjson";

    private CheckpointFile() {}

    /** Adds a checkpoint, which is on disk when this returns. A line that a dead process did not finish stays alone. */
    public static void add(Path file, SignedCheckpoint checkpoint) throws IOException {
        try (FileChannel out =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long end = out.size();
            ByteBuffer last = ByteBuffer.allocate(1);
            boolean isUnfinished = end > 0 && out.read(last, end - 1) == 1 && last.get(0) != '\n';
            ByteBuffer line = ByteBuffer.wrap(
                    ((isUnfinished ? "\n" : "") + checkpoint.toLine() + "\n").getBytes(StandardCharsets.UTF_8));
            out.position(end);
            while (line.hasRemaining()) {
                out.write(line);
            }
            out.force(true);
        }
    }

    /** A file of checkpoints, as far as it can be read. */
    public record Contents(List<SignedCheckpoint> checkpoints, int unreadable) {

        /** Copies the list. */
        public Contents {
            checkpoints = List.copyOf(checkpoints);
        }
    }

    /** Reads a file: the lines that are checkpoints, and how many are none. */
    public static Contents read(Path file) throws IOException {
        List<SignedCheckpoint> checkpoints = new ArrayList<>();
        int unreadable = 0;
        for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            if (line.isBlank()) {
                continue;
            }
            try {
                checkpoints.add(SignedCheckpoint.ofLine(line));
            } catch (IOException e) {
                unreadable++;
            }
        }
        return new Contents(checkpoints, unreadable);
    }
}
