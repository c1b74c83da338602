package dev.weir.predictionlog.local;

import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.Position;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * Which segments were deleted, so that a hole in the chain can be told from a missing segment: a file with a line for each, in
 * the order of deletion, signed, because who can take a segment away can write a line too. A line that was not finished does
 * not count; then its segment was not deleted either.
 */
final class Deletions {

    /** What is signed begins with it; so does a line. */
    private static final String VERSION = "weir-log-deletion-2";

    private static final int FACTS = 10;
    private static final int WORDS = FACTS + 3;

    /** How lines began before they were signed, and how many words they had. */
    private static final String UNSIGNED = "1";

    private static final int UNSIGNED_WORDS = 10;

    private Deletions() {}

    /**
     * A segment that was deleted.
     *
     * @param replica who wrote and who deleted it
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
            String replica,
            long incarnation,
            long number,
            long firstSeq,
            long lastSeq,
            byte[] previousHead,
            byte[] lastHead,
            long newestMillis,
            long deletedMillis) {

        /** Returns the position of its first entry. */
        Position first() {
            return new Position(incarnation, number, firstSeq);
        }

        /** Returns the position of its last entry; before the first when it had none. */
        Position last() {
            return new Position(incarnation, number, lastSeq);
        }

        private String facts() {
            HexFormat hex = HexFormat.of();
            return String.join(
                    " ",
                    VERSION,
                    replica,
                    Long.toString(incarnation),
                    Long.toString(number),
                    Long.toString(firstSeq),
                    Long.toString(lastSeq),
                    hex.formatHex(previousHead),
                    hex.formatHex(lastHead),
                    Long.toString(newestMillis),
                    Long.toString(deletedMillis));
        }
    }

    /**
     * What the file says.
     *
     * @param deletions what a known key signed
     * @param unsigned the numbers of the segments that other lines say were deleted; it may have been anybody
     */
    record Contents(List<Deletion> deletions, List<Long> unsigned) {}

    /** Signs a deletion and writes it down; it is on disk when this returns. Returns the line. */
    static String add(Path file, Deletion deletion, Keyring.Signer signer) throws IOException {
        String facts = deletion.facts();
        Keyring.Signed signed = signer.sign(facts.getBytes(StandardCharsets.UTF_8));
        String line =
                String.join(" ", facts, signed.keyId(), Base64.getEncoder().encodeToString(signed.bytes()), ".");
        try (FileChannel out =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            out.position(endOfLines(out));
            ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.truncate(out.position());
            out.force(true);
        }
        return line;
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

    /** Reads the file, in the order of deletion. What is no line of a known version is left out. */
    static Contents read(Path file, Keyring.Verifier keys) throws IOException {
        List<Deletion> deletions = new ArrayList<>();
        List<Long> unsigned = new ArrayList<>();
        String text;
        try {
            text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return new Contents(deletions, unsigned);
        }
        for (String line : text.split("\n", -1)) {
            String[] words = line.split(" ", -1);
            try {
                if (words.length == WORDS && words[0].equals(VERSION) && words[WORDS - 1].equals(".")) {
                    Deletion deletion = parse(words);
                    if (isSigned(words, keys)) {
                        deletions.add(deletion);
                    } else {
                        unsigned.add(deletion.number());
                    }
                } else if (words.length == UNSIGNED_WORDS && words[0].equals(UNSIGNED)) {
                    unsigned.add(Long.parseLong(words[2]));
                }
            } catch (IllegalArgumentException e) {
                // somebody else wrote it, and the chain will miss what it stands for
            }
        }
        return new Contents(deletions, unsigned);
    }

    private static boolean isSigned(String[] words, Keyring.Verifier keys) {
        String facts = String.join(" ", Arrays.asList(words).subList(0, FACTS));
        return keys.verify(
                facts.getBytes(StandardCharsets.UTF_8),
                new Keyring.Signed(words[FACTS], Base64.getDecoder().decode(words[FACTS + 1])));
    }

    private static Deletion parse(String[] words) {
        HexFormat hex = HexFormat.of();
        return new Deletion(
                words[1],
                Long.parseLong(words[2]),
                Long.parseLong(words[3]),
                Long.parseLong(words[4]),
                Long.parseLong(words[5]),
                hex.parseHex(words[6]),
                hex.parseHex(words[7]),
                Long.parseLong(words[8]),
                Long.parseLong(words[9]));
    }
}
