package dev.weir.predictionlog.sink.postgresql;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Collection;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Rows in the binary format of PostgreSQL's COPY, in one array that grows. Not thread-safe. */
final class CopyBuffer {

    private static final byte[] SIGNATURE = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xFF, '\r', '\n', 0};
    private static final Instant EPOCH = Instant.parse("2000-01-01T00:00:00Z");
    private static final int OID_TEXT = 25;

    private byte[] bytes;
    private int size;

    CopyBuffer(int capacity) {
        bytes = new byte[Math.max(capacity, 64)];
        put(SIGNATURE);
        int32(0);
        int32(0);
    }

    byte[] array() {
        return bytes;
    }

    int size() {
        return size;
    }

    private void room(int more) {
        if (more > bytes.length - size) {
            int least = Math.addExact(size, more);
            bytes = Arrays.copyOf(bytes, (int) Math.max(least, Math.min(2L * bytes.length, Integer.MAX_VALUE - 16)));
        }
    }

    private void put(byte[] more) {
        room(more.length);
        System.arraycopy(more, 0, bytes, size, more.length);
        size += more.length;
    }

    private void int16(int value) {
        room(2);
        bytes[size++] = (byte) (value >> 8);
        bytes[size++] = (byte) value;
    }

    private void int32(int value) {
        int16(value >> 16);
        int16(value);
    }

    private void int64(long value) {
        int32((int) (value >> 32));
        int32((int) value);
    }

    /** Begins a row. */
    void row(int columns) {
        int16(columns);
    }

    /** Ends the last row. */
    void end() {
        int16(-1);
    }

    void none() {
        int32(-1);
    }

    void text(@Nullable String text) {
        if (text == null) {
            none();
        } else {
            bytes(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    void bytes(byte @Nullable [] value) {
        if (value == null) {
            none();
        } else {
            int32(value.length);
            put(value);
        }
    }

    void texts(Collection<String> texts) {
        int at = size;
        int32(0);
        int32(1); // dimensions
        int32(0); // no nulls
        int32(OID_TEXT);
        int32(texts.size());
        int32(1); // the first index
        texts.forEach(this::text);
        length(at);
    }

    private void length(int at) {
        int end = size;
        size = at;
        int32(end - at - Integer.BYTES);
        size = end;
    }

    void flag(boolean value) {
        int32(1);
        room(1);
        bytes[size++] = (byte) (value ? 1 : 0);
    }

    void int4(@Nullable Integer value) {
        if (value == null) {
            none();
        } else {
            int32(4);
            int32(value);
        }
    }

    void int8(@Nullable Long value) {
        if (value == null) {
            none();
        } else {
            int32(8);
            int64(value);
        }
    }

    void float8(@Nullable Double value) {
        int8(value == null ? null : Double.doubleToRawLongBits(value));
    }

    void time(Instant time) {
        int8(EPOCH.until(time, ChronoUnit.MICROS));
    }

    void uuid(@Nullable UUID value) {
        if (value == null) {
            none();
        } else {
            int32(16);
            int64(value.getMostSignificantBits());
            int64(value.getLeastSignificantBits());
        }
    }
}
