package dev.weir.servable;

import dev.weir.failure.ArtifactRejected;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Verifies that a version's files are the ones its manifest lists. */
public final class ArtifactDigests {

    private static final int CHUNK = 1 << 16;

    private ArtifactDigests() {}

    /**
     * Reads every listed file and compares size and digest.
     *
     * @throws ArtifactRejected naming the first file that is missing, linked, or different
     */
    public static void verify(ModelArtifact artifact) {
        for (ArtifactFile file : artifact.manifest().files()) {
            FileInspection.requirePlain(artifact, file);
            Path path = artifact.locate(file);
            try {
                if (!sha256(path).equals(file.sha256())) {
                    throw new ArtifactRejected(
                            "file '" + file.path() + "' does not have the SHA-256 that the manifest lists");
                }
            } catch (IOException e) {
                throw ArtifactRejected.forNow("file '" + file.path() + "' can't be read", e);
            }
        }
    }

    /** Returns the SHA-256 of a file, as 64 hexadecimal digits. */
    public static String sha256(Path path) throws IOException {
        MessageDigest sha256 = sha256();
        try (InputStream in = Files.newInputStream(path)) {
            byte[] chunk = new byte[CHUNK];
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                sha256.update(chunk, 0, read);
            }
        }
        return HexFormat.of().formatHex(sha256.digest());
    }

    /** Returns the SHA-256 of bytes, as 64 hexadecimal digits. */
    public static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(sha256().digest(bytes));
    }

    /** Returns a new, empty SHA-256. */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
