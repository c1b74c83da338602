package dev.weir.inference;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
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
        try {
            return decodeStrictly(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw invalid(field);
        }
    }

    /**
     * Checks bytes without decoding them for good.
     *
     * @throws RequestRejected when they are not valid UTF-8
     */
    public static void requireValid(byte[] bytes, int offset, int length, String field) {
        if (isAscii(bytes, offset, length)) {
            return;
        }
        try {
            decodeStrictly(ByteBuffer.wrap(bytes, offset, length));
        } catch (CharacterCodingException e) {
            throw invalid(field);
        }
    }

    private static boolean isAscii(byte[] bytes, int offset, int length) {
        int or = 0;
        for (int i = offset; i < offset + length; i++) {
            or |= bytes[i];
        }
        return or >= 0;
    }

    private static CharBuffer decodeStrictly(ByteBuffer bytes) throws CharacterCodingException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT)
                .decode(bytes);
    }

    private static RequestRejected invalid(String field) {
        return new RequestRejected(FailureCode.INVALID_UTF8, "text must be valid UTF-8", field);
    }
}
