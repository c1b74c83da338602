package dev.weir.inference;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;

/**
 * The allow-lists for names and ids that callers send: they end up in logs, labels, headers and paths, so what is not
 * listed is refused, and nothing is ever decoded twice.
 */
public final class Names {

    /** The longest accepted name or id, in characters. */
    public static final int MAX_LENGTH = 128;

    private static final String ID_PUNCTUATION = "._~:/+=@#-";
    private static final String NAME_PUNCTUATION = "._-";

    private Names() {}

    /** Says whether a text is a name: 1 to 128 of {@code A-Z a-z 0-9 . _ -}, and neither {@code .} nor {@code ..}. */
    public static boolean isName(String text) {
        return consistsOf(text, NAME_PUNCTUATION) && !text.equals(".") && !text.equals("..");
    }

    /**
     * Returns the text if it is a name.
     *
     * @param field what to blame
     * @throws RequestRejected otherwise; the message does not repeat the text
     */
    public static String requireName(String text, String field) {
        if (!isName(text)) {
            throw new RequestRejected(
                    FailureCode.INVALID_ID,
                    "a name has 1 to 128 characters out of A-Z a-z 0-9 . _ - and is neither . nor ..",
                    field,
                    (long) MAX_LENGTH);
        }
        return text;
    }

    /**
     * Returns the text if it is an id: 1 to 128 of {@code A-Z a-z 0-9 . _ ~ : / + = @ # -}.
     *
     * @param field what to blame
     * @throws RequestRejected otherwise; the message does not repeat the text
     */
    public static String requireId(String text, String field) {
        if (!consistsOf(text, ID_PUNCTUATION)) {
            throw new RequestRejected(
                    FailureCode.INVALID_ID,
                    "an id has 1 to 128 characters out of A-Z a-z 0-9 . _ ~ : / + = @ # -",
                    field,
                    (long) MAX_LENGTH);
        }
        return text;
    }

    private static boolean consistsOf(String text, String punctuation) {
        if (text.isEmpty() || text.length() > MAX_LENGTH) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!alphanumeric && punctuation.indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }
}
