package dev.weir.api;

import org.jspecify.annotations.Nullable;

/**
 * The W3C trace context a request came with (https://www.w3.org/TR/trace-context/).
 *
 * @param traceId 32 lower-case hexadecimal digits, not all zero
 * @param parentId 16 lower-case hexadecimal digits, not all zero
 */
public record TraceContext(String traceId, String parentId) {

    private static final int VERSION_00_LENGTH = 55;

    /** Reads a {@code traceparent} header; null when there is none or it is invalid, as the standard wants. */
    public static @Nullable TraceContext parse(@Nullable String header) {
        if (header == null
                || header.length() < VERSION_00_LENGTH
                || header.charAt(2) != '-'
                || header.charAt(35) != '-'
                || header.charAt(52) != '-'
                || !isHex(header, 0, 2)
                || !isHex(header, 3, 35)
                || !isHex(header, 36, 52)
                || !isHex(header, 53, 55)
                || header.startsWith("ff")) {
            return null;
        }
        if (header.length() > VERSION_00_LENGTH
                && (header.startsWith("00") || header.charAt(VERSION_00_LENGTH) != '-')) {
            return null;
        }
        String trace = header.substring(3, 35);
        String parent = header.substring(36, 52);
        return isZero(trace) || isZero(parent) ? null : new TraceContext(trace, parent);
    }

    private static boolean isHex(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isZero(String text) {
        return text.chars().allMatch(c -> c == '0');
    }
}
