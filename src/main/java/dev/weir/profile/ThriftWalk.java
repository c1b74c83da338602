package dev.weir.profile;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Walks through a structure in Thrift's compact form, as Parquet has them, without taking memory for anything in it. What
 * it passes holds no text longer than itself, is not nested deeply, and has a bounded number of entries, so that a reader
 * who trusts its lengths is not led astray. Not thread-safe.
 */
final class ThriftWalk {

    /** Says that the bytes are no such structure. */
    static final class Malformed extends Exception {
        private static final long serialVersionUID = 1L;

        Malformed(String message) {
            super(message);
        }
    }

    /** Hears of every whole number. */
    interface Numbers {

        /**
         * Hears of a number.
         *
         * @param path the field's id, after those of the fields that it lies in, each times {@value #STEP}; -1 when it
         *     lies deeper than three fields
         */
        void number(long path, long value) throws Malformed;
    }

    /** What separates the ids of a path. */
    static final int STEP = 1000;

    private static final int MAX_DEPTH = 12;
    private static final int MAX_PATH = 1_000_000;

    private final MemorySegment bytes;
    private final long end;
    private final int maxEntries;
    private final Numbers numbers;
    private long at;
    private int entries;

    /**
     * Begins.
     *
     * @param at where the structure begins
     * @param end where it must have ended
     * @param maxEntries how many entries its lists may have, all together
     */
    ThriftWalk(MemorySegment bytes, long at, long end, int maxEntries, Numbers numbers) {
        this.bytes = bytes;
        this.at = at;
        this.end = end;
        this.maxEntries = maxEntries;
        this.numbers = numbers;
    }

    /** Walks to the structure's end and returns where that is. */
    long walk() throws Malformed {
        struct(0, 0);
        return at;
    }

    private void struct(long path, int depth) throws Malformed {
        if (depth > MAX_DEPTH) {
            throw new Malformed("nested too deeply");
        }
        int id = 0;
        for (int head = next(); head != 0; head = next()) {
            int delta = head >> 4;
            id = delta == 0 ? (short) zigzag() : (short) (id + delta);
            boolean told = path >= 0 && path < MAX_PATH && id > 0 && id < STEP;
            value(head & 0xf, told ? path * STEP + id : -1, depth);
        }
    }

    private void value(int type, long path, int depth) throws Malformed {
        switch (type) {
            case 1, 2 -> {} // a truth value, which the type itself tells
            case 3 -> next();
            case 4, 5, 6 -> numbers.number(path, zigzag());
            case 7 -> skip(Double.BYTES);
            case 8 -> skip(varint());
            case 9 -> list(path, depth);
            case 12 -> struct(path, depth + 1);
            default -> throw new Malformed("a field of type " + type); // sets and maps, which Parquet does not have
        }
    }

    private void list(long path, int depth) throws Malformed {
        if (depth > MAX_DEPTH) {
            throw new Malformed("nested too deeply");
        }
        int head = next();
        long size = head >> 4 == 0xf ? varint() : head >> 4;
        int type = head & 0xf;
        if (size < 0 || size > end - at || type < 3) {
            throw new Malformed("a list that can't be");
        }
        entries += (int) Math.min(size, Integer.MAX_VALUE - entries);
        if (entries > maxEntries) {
            throw new Malformed("more than " + maxEntries + " entries");
        }
        for (long i = 0; i < size; i++) {
            value(type, type == 12 ? path : -1, depth + 1);
        }
    }

    private int next() throws Malformed {
        if (at >= end) {
            throw new Malformed("cut short");
        }
        return bytes.get(ValueLayout.JAVA_BYTE, at++) & 0xff;
    }

    private void skip(long count) throws Malformed {
        if (count < 0 || count > end - at) {
            throw new Malformed("cut short");
        }
        at += count;
    }

    private long varint() throws Malformed {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            int each = next();
            value |= (long) (each & 0x7f) << shift;
            if (each < 0x80) {
                return value;
            }
        }
        throw new Malformed("a number that does not end");
    }

    private long zigzag() throws Malformed {
        long value = varint();
        return value >>> 1 ^ -(value & 1);
    }
}
