package dev.weir.api.rows;

/** What a text is in JSON's grammar of numbers, which is stricter than any parser of the platform. */
enum NumberText {
    /** Digits, perhaps with a minus before them. */
    INTEGER,
    /** A number with a fraction or an exponent. */
    DECIMAL,
    /** No number. */
    OTHER;

    /** Classifies a text; what is longer than numbers may be is none. */
    static NumberText of(String text, int maxLength) {
        if (text.length() > maxLength) {
            return OTHER;
        }
        int at = text.startsWith("-") ? 1 : 0;
        int end = digits(text, at);
        if (end == at || (text.charAt(at) == '0' && end > at + 1)) {
            return OTHER;
        }
        if (end == text.length()) {
            return INTEGER;
        }
        if (text.charAt(end) == '.') {
            int fraction = end + 1;
            end = digits(text, fraction);
            if (end == fraction) {
                return OTHER;
            }
        }
        if (end < text.length() && (text.charAt(end) | 0x20) == 'e') {
            int exponent = end + 1;
            if (exponent < text.length() && (text.charAt(exponent) == '+' || text.charAt(exponent) == '-')) {
                exponent++;
            }
            end = digits(text, exponent);
            if (end == exponent) {
                return OTHER;
            }
        }
        return end == text.length() ? DECIMAL : OTHER;
    }

    private static int digits(String text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        return at;
    }
}
