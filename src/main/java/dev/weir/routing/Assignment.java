package dev.weir.routing;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which arm of a deployment a key falls on: the same for the same key, on every replica and in every version of Weir.
 *
 * <p>A key has two buckets of 10,000, one in each of two layers with salts of their own. The canary owns the first buckets of
 * the first layer, so that its share grows by keys that come to it, and none that leave. Who is not the canary's falls on the
 * arms by the second layer, in their order. A bucket is XXH64 over the layer's salt and the key, each behind its length as four
 * bytes, least significant first, modulo 10,000 without sign; the salt of a layer is that of the experiment with {@code /canary} or
 * {@code /arms} behind it, in UTF-8.
 *
 * @param salt tells experiments apart, so that who is in one says nothing of who is in another
 * @param canary the canary; null when there is none
 * @param arms who shares the rest, the primary first; their shares are everything together
 */
public record Assignment(String salt, @Nullable Arm canary, List<Arm> arms) {

    /**
     * Who takes a share.
     *
     * @param variant the variant's name
     * @param share of all for a canary, of what the canary leaves for an arm
     */
    public record Arm(String variant, Share share) {}

    /**
     * Where a key fell.
     *
     * @param variant the variant's name
     * @param bucket the bucket in the layer that decided, 0 to 9,999
     * @param propensity the probability with which a key falls there
     */
    public record Assigned(String variant, int bucket, double propensity) {}

    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException when the arms' shares are not everything together
     */
    public Assignment {
        arms = List.copyOf(arms);
        int sum = arms.stream().mapToInt(arm -> arm.share().points()).sum();
        if (sum != Share.WHOLE) {
            throw new IllegalArgumentException("the shares of the primary and the arms must be 100 percent together");
        }
    }

    /** Returns the assignment of a deployment whose primary gets everything. */
    public static Assignment toPrimary(String primary) {
        return new Assignment("", null, List.of(new Arm(primary, Share.ALL)));
    }

    /** Says whether a key decides anything. */
    public boolean isDivided() {
        if (canary != null && canary.share().points() > 0) {
            return true;
        }
        int sharing = 0;
        for (Arm arm : arms) { // on the way of every request
            sharing += arm.share().points() > 0 ? 1 : 0;
        }
        return sharing > 1;
    }

    /** Returns where a key falls. */
    public Assigned assign(byte[] key) {
        double left = 1;
        if (canary != null) {
            int bucket = bucket(salt + "/canary", key);
            if (bucket < canary.share().points()) {
                return new Assigned(canary.variant(), bucket, canary.share().fraction());
            }
            left = canary.share().rest().fraction();
            if (arms.getFirst().share().equals(Share.ALL)) {
                return new Assigned(arms.getFirst().variant(), bucket, left);
            }
        }
        int bucket = bucket(salt + "/arms", key);
        int end = 0;
        for (Arm arm : arms) {
            end += arm.share().points();
            if (bucket < end) {
                return new Assigned(arm.variant(), bucket, left * arm.share().fraction());
            }
        }
        throw new AssertionError("the shares are everything together");
    }

    /** Returns the bucket of a key in a layer, 0 to 9,999. */
    static int bucket(String salt, byte[] key) {
        byte[] salted = salt.getBytes(StandardCharsets.UTF_8);
        ByteBuffer both = ByteBuffer.allocate(2 * Integer.BYTES + salted.length + key.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(salted.length)
                .put(salted)
                .putInt(key.length)
                .put(key);
        return (int) Long.remainderUnsigned(XxHash64.hash(both.array()), Share.WHOLE);
    }
}
