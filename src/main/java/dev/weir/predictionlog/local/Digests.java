package dev.weir.predictionlog.local;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The digests of the log. Not thread-safe. */
final class Digests {

    /** Bytes of a digest. */
    static final int BYTES = 32;

    private final MessageDigest sha256;
    private final ByteBuffer numbers = ByteBuffer.allocate(2 * Long.BYTES);

    Digests() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every platform has SHA-256", e);
        }
    }

    /** Returns what stands for a payload where it may not: nobody without the salt can find out what it was. */
    byte[] payload(byte[] salt, byte[] stored) {
        sha256.update(salt);
        return sha256.digest(stored);
    }

    /** Says whether a payload is the one whose digest the log has. */
    boolean isIntact(BlockCodec.Slice slice, byte[] body) {
        sha256.update(body, slice.saltFrom(), BlockCodec.SALT_BYTES);
        sha256.update(body, slice.storedFrom(), slice.storedLength());
        return MessageDigest.isEqual(
                sha256.digest(), java.util.Arrays.copyOfRange(body, slice.digestFrom(), slice.digestFrom() + BYTES));
    }

    /**
     * Returns the head of a block: the digest of the head before it, of its numbers, of every entry with the digest of its
     * payload, and of the contexts. The payloads themselves are not part of it, so they can be erased.
     */
    byte[] head(byte[] previous, long firstSeq, long committedMillis, BlockCodec block) {
        byte[] body = block.body();
        sha256.update(previous);
        sha256.update(numbers.clear().putLong(firstSeq).putLong(committedMillis).array());
        for (BlockCodec.Slice slice : block.slices()) {
            sha256.update(numbers.clear()
                    .putLong(slice.length())
                    .putLong(slice.hasPayload() ? 1 : 0)
                    .array());
            sha256.update(body, slice.from(), slice.length());
            if (slice.hasPayload()) {
                sha256.update(body, slice.digestFrom(), BYTES);
            }
        }
        sha256.update(body, 0, block.contextsEnd());
        return sha256.digest();
    }
}
