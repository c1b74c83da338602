package dev.weir.registry;

import dev.weir.telemetry.Log;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Which server wrote an object, across restarts: a random name in a file beside the cache. One process at a time uses a
 * cache, so what a server finds of its own name, nobody else is working on.
 */
final class S3Publisher {

    private static final Log LOG = Log.of(S3Publisher.class);
    private static final String FILE = "s3-publisher";
    private static final String UNKEPT = "the name under which this server publishes can't be kept";

    private S3Publisher() {}

    /** Returns the name in this directory, a new one when there is none. */
    static String of(Path directory) {
        Path file = directory.resolve(FILE);
        try {
            String known = Files.exists(file)
                    ? Files.readString(file, StandardCharsets.US_ASCII).strip()
                    : "";
            if (known.matches("[0-9a-f-]{36}")) {
                return known;
            }
        } catch (IOException e) {
            LOG.warn(UNKEPT).cause(e).write();
        }
        String fresh = UUID.randomUUID().toString();
        try {
            Files.writeString(file, fresh, StandardCharsets.US_ASCII);
        } catch (IOException e) {
            LOG.warn(UNKEPT).cause(e).write();
        }
        return fresh;
    }
}
