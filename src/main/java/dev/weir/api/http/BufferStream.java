package dev.weir.api.http;

import io.vertx.core.buffer.Buffer;
import java.io.OutputStream;
import java.nio.ByteBuffer;

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

    /** Writes what is left of a buffer, wherever its memory is; leaves it as it is. */
    public void write(ByteBuffer bytes) {
        ByteBuffer view = bytes.duplicate();
        if (view.hasArray()) {
            buffer.appendBytes(view.array(), view.arrayOffset() + view.position(), view.remaining());
        } else {
            byte[] copy = new byte[view.remaining()];
            view.get(copy);
            buffer.appendBytes(copy);
        }
    }

    /** Returns what was written; not a copy. */
    public Buffer buffer() {
        return buffer;
    }
}
