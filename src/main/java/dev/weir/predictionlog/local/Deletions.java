package dev.weir.predictionlog.local;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Which segments were deleted, so that a hole in the chain can be told from a missing segment: a file with a line for each, in
 * the order of deletion. A line that was not finished does not count; then its segment was not deleted either.
 */
final class Deletions {

    private static final String VERSION = "1";
    private static final int WORDS = 10;

    private Deletions() {}

    /**
     * A segment that was deleted.
     *
     * @param incarnation the start of the replica that wrote it
     * @param number its number
     * @param firstSeq the number of its first entry
     * @param lastSeq that of its last; one less when it had none
     * @param previousHead the chain's head before it
     * @param lastHead the chain's head with its last block
     * @param newestMillis no entry's time was after
     * @param deletedMillis when
     */
    record Deletion(
            long incarnation,
            long number,
            long firstSeq,
            long lastSeq,
            byte[] previousHead,
            byte[] lastHead,
            long newestMillis,
            long deletedMillis) {}

    /** Writes one down; it is on disk when this returns. */
    static void add(Path file, Deletion deletion) throws IOException {
        HexFormat hex = HexFormat.of();
        String line = String.join(
                " ",
                VERSION,
                Long.toString(deletion.incarnation()),
                Long.toString(deletion.number()),
                Long.toString(deletion.firstSeq()),
                Long.toString(deletion.lastSeq()),
                hex.formatHex(deletion.previousHead()),
                hex.formatHex(deletion.lastHead()),
                Long.toString(deletion.newestMillis()),
                Long.toString(deletion.deletedMillis()),
                ".\n");
        try (FileChannel out =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            out.position(endOfLines(out));
            ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII));
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.truncate(out.position());
            out.force(true);
        }
    }

    /** Returns where the last finished line ends: what a dead process began after it is written over. */
    private static long endOfLines(FileChannel file) throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        long end = file.size();
        while (end > 0) {
            file.read(one.clear(), end - 1);
            if (one.get(0) == '\n') {
                return end;
            }
            end--;
        }
        return end;
    }

    /** Returns all, in the order of deletion. What is no line of a known version is left out. */
    static List<Deletion> read(Path file) throws IOException {
        String text;
        try {
            text = Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            return List.of();
        }
        List<Deletion> deletions = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            String[] words = line.split(" ", -1);
            if (words.length == WORDS && words[0].equals(VERSION) && words[WORDS - 1].equals(".")) {
                try {
                    deletions.add(parse(words));
                } catch (IllegalArgumentException e) {
                    // somebody else wrote it, and the chain will miss what it stands for
                }
            }
        }
        return deletions;
    }

    private static Deletion parse(String[] words) {
        HexFormat hex = HexFormat.of();
        return new Deletion(
                Long.parseLong(words[1]),
                Long.parseLong(words[2]),
                Long.parseLong(words[3]),
                Long.parseLong(words[4]),
                hex.parseHex(words[5]),
                hex.parseHex(words[6]),
                Long.parseLong(words[7]),
                Long.parseLong(words[8]));
    }
}
