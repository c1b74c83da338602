package dev.weir.predictionlog.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

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

    /**
     * Reads all that a place keeps: a file, or a directory with any number of them, of which those that end with {@code .json}
     * or {@code .ndjson} count.
     */
    public static Contents readAll(Path place) throws IOException {
        if (!Files.isDirectory(place)) {
            return read(place);
        }
        List<SignedCheckpoint> checkpoints = new ArrayList<>();
        int unreadable = 0;
        try (Stream<Path> below = Files.walk(place)) {
            for (Path file :
                    below.filter(CheckpointFile::holdsCheckpoints).sorted().toList()) {
                Contents contents = read(file);
                checkpoints.addAll(contents.checkpoints());
                unreadable += contents.unreadable();
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return new Contents(checkpoints, unreadable);
    }

    private static boolean holdsCheckpoints(Path file) {
        String name = String.valueOf(file.getFileName());
        return (name.endsWith(".json") || name.endsWith(".ndjson")) && Files.isRegularFile(file);
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
