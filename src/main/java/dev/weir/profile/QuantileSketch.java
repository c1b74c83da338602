package dev.weir.profile;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.datasketches.kll.KllDoublesSketch;

/**
 * Makes KLL sketches that are the same for the same values.
 *
 * <p>DataSketches flips coins when a sketch overflows, and its coins can't be seeded. Where all values are at hand and in
 * order, no coin is needed: a systematic sample whose items each stand for 2^h neighbours is a valid state of the sketch,
 * and nearer to the truth than chance. Such a state is written in DataSketches' own compact form and read back by it.
 */
final class QuantileSketch {

    /** The sketch's accuracy: rank errors up to 0.0086 for sketches that were merged and updated since. */
    static final int K = 400;

    private static final int M = 8;
    private static final int MAX_SAMPLES = 320;

    private static final int PREAMBLE_INTS = 5;
    private static final int SERIAL_VERSION = 1;
    private static final int FAMILY = 15;
    private static final int LEVEL_ZERO_SORTED = 2;
    private static final int PREAMBLE_BYTES = 20;

    private QuantileSketch() {}

    /**
     * Returns a serialized sketch.
     *
     * @param sorted finite values in order
     */
    static byte[] of(double[] sorted) {
        if (sorted.length < K) {
            KllDoublesSketch sketch = KllDoublesSketch.newHeapInstance(K);
            for (double value : sorted) {
                sketch.update(value);
            }
            return sketch.toByteArray();
        }
        return KllDoublesSketch.heapify(MemorySegment.ofArray(image(sorted))).toByteArray();
    }

    private static byte[] image(double[] sorted) {
        int top = 0;
        while (sorted.length >> top > MAX_SAMPLES) {
            top++;
        }
        int whole = sorted.length >> top;
        int rest = sorted.length & ((1 << top) - 1);
        int levels = top + 1;
        int items = whole + Integer.bitCount(rest);
        ByteBuffer image = ByteBuffer.allocate(PREAMBLE_BYTES + Integer.BYTES * levels + Double.BYTES * (2 + items))
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) PREAMBLE_INTS)
                .put((byte) SERIAL_VERSION)
                .put((byte) FAMILY)
                .put((byte) LEVEL_ZERO_SORTED)
                .putShort((short) K)
                .put((byte) M)
                .put((byte) 0)
                .putLong(sorted.length)
                .putShort((short) K)
                .put((byte) levels)
                .put((byte) 0);
        int start = capacity(levels) - items;
        for (int level = 0; level < levels; level++) {
            image.putInt(start);
            start += level == top ? whole : (rest >> level) & 1;
        }
        image.putDouble(sorted[0]).putDouble(sorted[sorted.length - 1]);
        // What the whole samples leave over at the upper end, in ever larger groups from the end inwards.
        int end = sorted.length;
        for (int level = 0; level < top; level++) {
            if (((rest >> level) & 1) == 1) {
                end -= 1 << level;
                image.putDouble(sorted[end + (1 << level) / 2]);
            }
        }
        for (int i = 0; i < whole; i++) {
            image.putDouble(sorted[(i << top) + (1 << top) / 2]);
        }
        return image.array();
    }

    /** Returns how many items a sketch of so many levels may hold: each level two thirds of the one above. */
    private static int capacity(int levels) {
        int sum = 0;
        long power = 1;
        for (int depth = 0; depth < levels; depth++) {
            sum += Math.max(M, (int) (((((long) K << 1) << depth) / power + 1) >>> 1));
            power *= 3;
        }
        return sum;
    }
}
