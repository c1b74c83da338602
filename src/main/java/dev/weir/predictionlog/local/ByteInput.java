package dev.weir.predictionlog.local;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;

/** Reads what {@link ByteOutput} wrote. Whatever else the bytes are, it says {@link UnreadableBlock}. Not thread-safe. */
final class ByteInput {

    private final byte[] bytes;
    private final int end;
    private int at;

    /** The field that {@link #nextField} came to. */
    private int tag;

    private int kind;
    private long number;
    private int from;
    private int length;

    ByteInput(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    ByteInput(byte[] bytes, int from, int length) {
        this.bytes = bytes;
        this.at = from;
        this.end = from + length;
    }

    int position() {
        return at;
    }

    int remaining() {
        return end - at;
    }

    int octet() {
        if (at >= end) {
            throw new UnreadableBlock("a block is cut short");
        }
        return bytes[at++] & 0xFF;
    }

    /** Steps over bytes, and returns where they begin. */
    int skip(long count) {
        if (count < 0 || count > remaining()) {
            throw new UnreadableBlock("a block is cut short");
        }
        int start = at;
        at += (int) count;
        return start;
    }

    byte[] raw(int count) {
        int start = skip(count);
        return Arrays.copyOfRange(bytes, start, at);
    }

    long number() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int next = octet();
            value |= (next & 0x7FL) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw new UnreadableBlock("a block has a number without an end");
    }

    /** Reads a number of things that take a byte each, or more. */
    int count() {
        return lengthOf(number());
    }

    /** Returns a length, if so many bytes are left. */
    int lengthOf(long value) {
        if (value < 0 || value > remaining()) {
            throw new UnreadableBlock("a block promises more than it has");
        }
        return (int) value;
    }

    /** Goes to the next field; false when there is none. */
    boolean nextField() {
        if (at == end) {
            return false;
        }
        long key = number();
        if (key < 0 || key >>> 1 > Integer.MAX_VALUE) {
            throw new UnreadableBlock("a block has a field without a tag");
        }
        tag = (int) (key >>> 1);
        kind = (int) (key & 1);
        if (kind == ByteOutput.NUMBER) {
            number = number();
        } else {
            length = count();
            from = skip(length);
        }
        return true;
    }

    int tag() {
        return tag;
    }

    private void require(int expected) {
        if (kind != expected) {
            throw new UnreadableBlock("a field of a block has another kind");
        }
    }

    long numberField() {
        require(ByteOutput.NUMBER);
        return number;
    }

    int intField() {
        long value = numberField();
        if (value < 0 || value > Integer.MAX_VALUE) {
            throw new UnreadableBlock("a field of a block is out of range");
        }
        return (int) value;
    }

    long signedField() {
        long value = numberField();
        return (value >>> 1) ^ -(value & 1);
    }

    private void requireLength(int expected) {
        require(ByteOutput.BYTES);
        if (length != expected) {
            throw new UnreadableBlock("a field of a block has another length");
        }
    }

    double doubleField() {
        requireLength(Double.BYTES);
        return ByteBuffer.wrap(bytes).getDouble(from);
    }

    UUID uuidField() {
        requireLength(2 * Long.BYTES);
        ByteBuffer wrapped = ByteBuffer.wrap(bytes);
        return new UUID(wrapped.getLong(from), wrapped.getLong(from + Long.BYTES));
    }

    String textField() {
        require(ByteOutput.BYTES);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, from, length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new UnreadableBlock("a text of a block is no UTF-8", e);
        }
    }

    /** Says whether the field is these bytes. */
    boolean fieldIs(byte[] expected) {
        return kind == ByteOutput.BYTES && Arrays.equals(bytes, from, from + length, expected, 0, expected.length);
    }
}
