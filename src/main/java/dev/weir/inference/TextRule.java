package dev.weir.inference;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;

/** Which BYTES elements pass through a model's runtime unharmed. The laxest comes first. */
public enum TextRule {
    /** All. */
    ANY,

    /** Valid UTF-8 without NUL and without characters above U+FFFF. */
    BASIC_PLANE;

    private static final int FOUR_BYTES = 0xF0;

    /** Returns the rule that lets pass only what both do. */
    public TextRule and(TextRule other) {
        return compareTo(other) >= 0 ? this : other;
    }

    /** Says whether an element passes. */
    public boolean passes(byte[] element) {
        return this == ANY || isPlainAscii(element) || (Utf8.isValid(element) && isBasicPlane(element));
    }

    private static boolean isPlainAscii(byte[] element) {
        for (byte b : element) {
            if (b <= 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean isBasicPlane(byte[] utf8) {
        for (byte b : utf8) {
            if (b == 0 || (b & 0xFF) >= FOUR_BYTES) {
                return false;
            }
        }
        return true;
    }

    /**
     * Checks an element.
     *
     * @param field what to blame
     * @throws RequestRejected when it does not pass
     */
    public void require(byte[] element, String field) {
        if (!passes(element)) {
            Utf8.requireValid(element, 0, element.length, field);
            throw new RequestRejected(
                    FailureCode.UNSUPPORTED_VALUE,
                    "the model's runtime takes no NUL and no character above U+FFFF in strings",
                    field);
        }
    }
}
