package dev.weir.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class BufferStreamTest {

    private static final byte[] BYTES = {1, 2, 3, 4, 5};

    private static byte[] written(ByteBuffer buffer) {
        BufferStream stream = new BufferStream();
        stream.write(buffer);
        return stream.buffer().getBytes();
    }

    @Test
    void shouldWriteWhatIsLeftOfABufferOnTheHeap() {
        ByteBuffer view = ByteBuffer.wrap(BYTES, 1, 4).slice().position(1);

        assertThat(written(view)).containsExactly(3, 4, 5);
        assertThat(view.position()).isOne();
    }

    @Test
    void shouldWriteWhatIsLeftOfADirectBuffer() {
        ByteBuffer direct = ByteBuffer.allocateDirect(5).put(BYTES).flip().position(2);

        assertThat(written(direct)).containsExactly(3, 4, 5);
        assertThat(direct.position()).isEqualTo(2);
    }

    @Test
    void shouldWriteAReadOnlyBuffer() {
        assertThat(written(ByteBuffer.wrap(BYTES).asReadOnlyBuffer())).containsExactly(BYTES);
    }
}
