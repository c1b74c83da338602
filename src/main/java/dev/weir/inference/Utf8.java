package dev.weir.inference;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.nio.charset.StandardCharsets;

/** Strict UTF-8 (RFC 3629): what is not valid is refused, never replaced. */
public final class Utf8 {

    private Utf8() {}

    /**
     * Encodes a text.
     *
     * @param field what to blame
     * @throws RequestRejected when it holds half a surrogate pair
     */
    public static byte[] encode(String text, String field) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                boolean pair = Character.isHighSurrogate(c)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    throw invalid(field);
                }
                i++;
            }
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Decodes bytes.
     *
     * @param field what to blame
     * @throws RequestRejected when they are not valid UTF-8
     */
    public static String decode(byte[] bytes, String field) {
        if (isAscii(bytes, 0, bytes.length)) {
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }
        requireValid(bytes, 0, bytes.length, field);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /**
     * Checks bytes where they stand: however many they are, this takes no memory.
     *
     * @throws RequestRejected when they are not valid UTF-8
     */
    public static void requireValid(byte[] bytes, int offset, int length, String field) {
        if (!isAscii(bytes, offset, length) && !isValid(bytes, offset, offset + length)) {
            throw invalid(field);
        }
    }

    /** Says whether bytes are valid UTF-8. */
    public static boolean isValid(byte[] bytes) {
        return isAscii(bytes, 0, bytes.length) || isValid(bytes, 0, bytes.length);
    }

    private static boolean isAscii(byte[] bytes, int offset, int length) {
        int or = 0;
        for (int i = offset; i < offset + length; i++) {
            or |= bytes[i];
        }
        return or >= 0;
    }

    /** Walks the well-formed sequences of the Unicode Standard, table 3-7. */
    private static boolean isValid(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to) {
            int lead = bytes[i++] & 0xFF;
            if (lead < 0x80) {
                continue;
            }
            if (lead < 0xC2 || lead > 0xF4) {
                return false;
            }
            int more = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
            if (to - i < more || !isSecond(lead, bytes[i] & 0xFF)) {
                return false;
            }
            for (int end = i + more; i < end; i++) {
                if ((bytes[i] & 0xC0) != 0x80) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Some leading bytes bound the second: no overlong forms, no surrogates, nothing above U+10FFFF. */
    private static boolean isSecond(int lead, int second) {
        return switch (lead) {
            case 0xE0 -> second >= 0xA0;
            case 0xED -> second <= 0x9F;
            case 0xF0 -> second >= 0x90;
            case 0xF4 -> second <= 0x8F;
            default -> true;
        };
    }

    private static RequestRejected invalid(String field) {
        return new RequestRejected(FailureCode.INVALID_UTF8, "text must be valid UTF-8", field);
    }
}
