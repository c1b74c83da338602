package dev.weir.servable;

/**
 * A file of a version.
 *
 * @param path its name below the version's directory
 * @param sha256 its digest, 64 lower-case hexadecimal digits
 * @param bytes its size
 */
public record ArtifactFile(String path, String sha256, long bytes) {

    /**
     * Checks path and digest.
     *
     * @throws IllegalArgumentException when the path is absolute, climbs, or hides, or the digest is none
     */
    public ArtifactFile {
        if (!isPath(path)) {
            throw new IllegalArgumentException("a file's path is relative, of A-Z a-z 0-9 . _ - and /");
        }
        if (!sha256.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException("file '" + path + "' needs a SHA-256 of 64 hexadecimal digits");
        }
        if (bytes < 0) {
            throw new IllegalArgumentException("file '" + path + "' has a negative size");
        }
    }

    /** Says whether a text may be a file's path: relative, of A-Z a-z 0-9 . _ - and /, and no name begins with a dot. */
    public static boolean isPath(String text) {
        return text.matches("[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*");
    }
}
