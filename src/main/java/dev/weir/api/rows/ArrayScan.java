package dev.weir.api.rows;

/**
 * Counts a JSON array's elements by its brackets and commas, many times faster than a parser reads them, so that memory
 * can be taken once and exactly.
 *
 * <p>Exact for valid JSON. For anything else it never counts fewer elements than stand before the first mistake, which
 * is as far as the parser behind it comes.
 */
final class ArrayScan {

    private ArrayScan() {}

    /**
     * Returns the number of elements of an array.
     *
     * @param from the index of its opening bracket
     * @param to where the document ends
     */
    static int elements(byte[] json, int from, int to) {
        int depth = 0;
        int commas = 0;
        boolean any = false;
        for (int i = from; i < to; i++) {
            switch (json[i]) {
                case '[', '{' -> {
                    any |= depth > 0;
                    depth++;
                }
                case ']', '}' -> {
                    if (--depth == 0) {
                        return any ? commas + 1 : 0;
                    }
                }
                case '"' -> {
                    any = true;
                    i = endOfString(json, i, to);
                }
                case ',' -> commas += depth == 1 ? 1 : 0;
                case ' ', '\t', '\n', '\r' -> {}
                default -> any = true;
            }
        }
        return any ? commas + 1 : 0;
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

    /**
     * Returns the extents of a nested array, as its first elements have them; whether the others have the same is for
     * the parser to find.
     *
     * @param from the index of its opening bracket
     * @param to where the document ends
     * @param rank how deep it must be nested
     */
    static long[] extents(byte[] json, int from, int to, int rank) {
        long[] extents = new long[rank];
        int at = from;
        for (int axis = 0; axis < rank && at < to && json[at] == '['; axis++) {
            extents[axis] = elements(json, at, to);
            at++;
            while (at < to && (json[at] == ' ' || json[at] == '\t' || json[at] == '\n' || json[at] == '\r')) {
                at++;
            }
        }
        return extents;
    }

    /** Returns at least as many as there are lines. */
    static int lines(byte[] text, int from, int to) {
        int lines = 1;
        for (int i = from; i < to; i++) {
            if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == to || text[i + 1] != '\n'))) {
                lines++;
            }
        }
        return lines;
    }
}
