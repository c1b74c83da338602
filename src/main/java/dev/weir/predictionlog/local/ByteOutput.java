package dev.weir.predictionlog.local;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;

/**
 * Bytes that grow. Numbers are unsigned LEB128, texts UTF-8. A field is its tag and kind in one number, and then either a
 * number, or bytes behind their length: so who does not know a tag can step over it. Not thread-safe.
 */
final class ByteOutput {

    /** The kind of a field that is a number. */
    static final int NUMBER = 0;

    /** The kind of a field that is bytes behind their length. */
    static final int BYTES = 1;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private byte[] bytes;
    private int size;

    ByteOutput(int capacity) {
        this.bytes = new byte[capacity];
    }

    /** Forgets what was written, and keeps the room. */
    void clear() {
        size = 0;
    }

    int size() {
        return size;
    }

    /** Returns the array that holds what was written, from its beginning, until more is written. */
    byte[] array() {
        return bytes;
    }

    byte[] toByteArray() {
        return Arrays.copyOf(bytes, size);
    }

    private void ensure(int more) {
        int needed = Math.addExact(size, more);
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(needed, (int) Math.min(2L * bytes.length, Integer.MAX_VALUE - 16)));
        }
    }

    void octet(int value) {
        ensure(1);
        bytes[size++] = (byte) value;
    }

    void raw(byte[] from) {
        raw(from, 0, from.length);
    }

    void raw(byte[] from, int offset, int length) {
        ensure(length);
        System.arraycopy(from, offset, bytes, size, length);
        size += length;
    }

    void fixedLong(long value) {
        ensure(Long.BYTES);
        LONGS.set(bytes, size, value);
        size += Long.BYTES;
    }

    void number(long value) {
        ensure(10);
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes[size++] = (byte) ((rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
    }

    private void key(int tag, int kind) {
        number((long) tag << 1 | kind);
    }

    void numberField(int tag, long value) {
        key(tag, NUMBER);
        number(value);
    }

    /** Writes a number that may be negative. */
    void signedField(int tag, long value) {
        numberField(tag, (value << 1) ^ (value >> 63));
    }

    void doubleField(int tag, double value) {
        key(tag, BYTES);
        number(Double.BYTES);
        fixedLong(Double.doubleToRawLongBits(value));
    }

    void uuidField(int tag, UUID value) {
        key(tag, BYTES);
        number(2L * Long.BYTES);
        fixedLong(value.getMostSignificantBits());
        fixedLong(value.getLeastSignificantBits());
    }

    void textField(int tag, String text) {
        key(tag, BYTES);
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        number(utf8.length);
        raw(utf8);
    }
}
