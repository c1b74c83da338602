package dev.weir.predictionlog.local;

/**
 * Which keys a segment may have: a Bloom filter over {@link KeyHash hashes}, about 10 bits and 7 probes a key, so that of a
 * hundred segments one is searched in vain. The form is that of the files. Immutable.
 */
final class KeyFilter {

    private static final int BITS_PER_KEY = 10;
    private static final int PROBES = 7;

    private final byte[] bits;

    private KeyFilter(byte[] bits) {
        this.bits = bits;
    }

    /** Returns the filter with these keys. */
    static KeyFilter of(long[] keys, int count) {
        byte[] bits = new byte[Math.toIntExact(Math.max(8L, (long) count * BITS_PER_KEY / Byte.SIZE + 1))];
        for (int i = 0; i < count; i++) {
            for (int probe = 0; probe < PROBES; probe++) {
                int bit = bit(keys[i], probe, bits.length);
                bits[bit >>> 3] |= (byte) (1 << (bit & 7));
            }
        }
        return new KeyFilter(bits);
    }

    static KeyFilter ofBytes(byte[] bits) {
        return new KeyFilter(bits);
    }

    byte[] toBytes() {
        return bits;
    }

    boolean mayContain(long key) {
        if (bits.length == 0) {
            return true;
        }
        for (int probe = 0; probe < PROBES; probe++) {
            int bit = bit(key, probe, bits.length);
            if ((bits[bit >>> 3] & (1 << (bit & 7))) == 0) {
                return false;
            }
        }
        return true;
    }

    private static int bit(long key, int probe, int bytes) {
        long mixed = key + probe * ((key >>> 32) | (key << 32) | 1);
        return (int) Long.remainderUnsigned(mixed, (long) bytes * Byte.SIZE);
    }
}
