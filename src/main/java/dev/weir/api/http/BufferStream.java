package dev.weir.api.http;

import io.vertx.core.buffer.Buffer;
import java.io.OutputStream;

/** An output stream into a growing buffer, for generators that write in large pieces. */
public final class BufferStream extends OutputStream {

    private static final int TYPICAL_BYTES = 1024;

    private final Buffer buffer = Buffer.buffer(TYPICAL_BYTES);

    @Override
    public void write(int value) {
        buffer.appendByte((byte) value);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        buffer.appendBytes(bytes, offset, length);
    }

    /** Returns what was written; not a copy. */
    public Buffer buffer() {
        return buffer;
    }
}
