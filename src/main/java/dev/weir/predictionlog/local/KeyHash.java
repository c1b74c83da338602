package dev.weir.predictionlog.local;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The hashes that blocks are looked up by: 64-bit FNV-1a, mixed as in MurmurHash3, of a letter that tells requests from
 * inferences and of the id. They are part of the files' form. Equal hashes promise nothing: the entry decides.
 */
final class KeyHash {

    private static final long OFFSET = 0xCBF29CE484222325L;
    private static final long PRIME = 0x100000001B3L;

    private KeyHash() {}

    static long request(String id) {
        return hash('r', id);
    }

    static long inference(String id) {
        return hash('i', id);
    }

    private static long hash(char kind, String id) {
        long hash = (OFFSET ^ kind) * PRIME;
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            hash = (hash ^ (c & 0xFF)) * PRIME;
            if (c > 0xFF) {
                hash = (hash ^ (c >> 8)) * PRIME;
            }
        }
        hash ^= hash >>> 33;
        hash *= 0xFF51AFD7ED558CCDL;
        hash ^= hash >>> 33;
        hash *= 0xC4CEB9FE1A85EC53L;
        return hash ^ (hash >>> 33);
    }

    /** Returns hashes sorted, each once, one behind another. */
    static byte[] pack(long[] hashes, int count) {
        Arrays.sort(hashes, 0, count);
        ByteBuffer packed = ByteBuffer.allocate(count * Long.BYTES);
        for (int i = 0; i < count; i++) {
            if (i == 0 || hashes[i] != hashes[i - 1]) {
                packed.putLong(hashes[i]);
            }
        }
        return packed.hasRemaining() ? Arrays.copyOf(packed.array(), packed.position()) : packed.array();
    }

    /** Says whether a hash is among those that {@link #pack} packed. */
    static boolean contains(byte[] packed, long hash) {
        ByteBuffer keys = ByteBuffer.wrap(packed);
        int low = 0;
        int high = packed.length / Long.BYTES - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            long key = keys.getLong(middle * Long.BYTES);
            if (key == hash) {
                return true;
            }
            if (key < hash) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return false;
    }
}
