package dev.weir.predictionlog.sink.parquet;

import dev.weir.predictionlog.checkpoint.SignedCheckpoint;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Checkpoints beside the files, one each, as the line that stands for it. Readers of Parquet pass over directories that begin
 * with an underscore.
 *
 * <p>A name follows from what was signed, the chain's digest included: one that is sent again finds itself, and a log that was
 * written anew, and has come to the same position, replaces nothing of what its predecessor signed.
 */
final class CheckpointObjects {

    /** Digits of the chain's digest in a name: no two logs agree in them by chance. */
    private static final int HEAD = 16;

    private CheckpointObjects() {}

    /** Keeps a checkpoint, if it is not there. */
    static void keep(FileStore store, SignedCheckpoint checkpoint) throws IOException {
        String name = name(checkpoint);
        if (store.get(name) == null) {
            store.put(name, (checkpoint.toLine() + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Positions have their digits in full, so that names are in the order of the log. */
    private static String name(SignedCheckpoint checkpoint) {
        String head = checkpoint.head().replaceFirst("^sha256:", "");
        return "_checkpoints/"
                + URLEncoder.encode(checkpoint.replica(), StandardCharsets.UTF_8)
                + String.format(
                        Locale.ROOT,
                        "/%010d-%010d-%019d-",
                        checkpoint.position().incarnation(),
                        checkpoint.position().segment(),
                        checkpoint.position().seq())
                + head.substring(0, Math.min(HEAD, head.length()))
                + ".json";
    }
}
