package dev.weir.api;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;

/**
 * Bounds the keys that a parser has to remember at once to find one that occurs twice: those of an object, and of all the
 * objects it stands in. A key costs the parser many times its bytes, all of it outside the byte budget.
 *
 * <p>Counts colons outside strings. That is exact for valid JSON, and never less than what stands before the first mistake
 * of anything else, which is as far as the parser comes. Pure.
 */
final class JsonMembers {

    /** What a member takes at least: two quotes, a colon and a value of one digit. */
    private static final int SHORTEST = 4;

    private final int limit;
    private final int maxNesting;

    JsonMembers(ApiConfig limits) {
        this.limit = limits.maxMembers();
        this.maxNesting = limits.maxNesting();
    }

    /**
     * Checks a document.
     *
     * @throws RequestRejected when it has too many members open at once
     */
    void require(byte[] json, int offset, int length) {
        // Most documents are too short to have so many, and need no look.
        if (length / SHORTEST > limit) {
            count(json, offset, offset + length);
        }
    }

    private void count(byte[] json, int from, int to) {
        int[] members = new int[maxNesting + 2];
        int open = 0;
        int depth = 0;
        for (int i = from; i < to; i++) {
            switch (json[i]) {
                case '{', '[' -> {
                    depth++;
                    if (depth > maxNesting) {
                        return; // As far as the parser comes.
                    }
                }
                case '}', ']' -> {
                    open -= members[depth];
                    members[depth] = 0;
                    depth--;
                    if (depth < 0) {
                        return; // Likewise.
                    }
                }
                case ':' -> {
                    members[depth]++;
                    open++;
                    if (open > limit) {
                        throw new RequestRejected(
                                FailureCode.LIMIT_EXCEEDED, "an object has too many members", "body", (long) limit);
                    }
                }
                case '"' -> i = endOfString(json, i, to);
                default -> {}
            }
        }
    }

    private static int endOfString(byte[] json, int from, int to) {
        for (int i = from + 1; i < to; i++) {
            if (json[i] == '"') {
                return i;
            }
            if (json[i] == '\\') {
                i++;
            }
        }
        return to;
    }
}
