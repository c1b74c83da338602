package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PacedStreamTest {

    private long now;

    /** Returns bytes of which each read brings so many and takes a second, at least as many as told in each 10 s. */
    private InputStream stream(int total, int each, long least) {
        InputStream slow = new ByteArrayInputStream(new byte[total]) {
            @Override
            public synchronized int read(byte[] bytes, int offset, int length) {
                now += Duration.ofSeconds(1).toNanos();
                return super.read(bytes, offset, Math.min(each, length));
            }
        };
        return new PacedStream(slow, least, Duration.ofSeconds(10), () -> now);
    }

    @Test
    void shouldLetALongTransferGoOn() throws IOException {
        assertThat(stream(1_000, 10, 100).readAllBytes()).hasSize(1_000);
    }

    @Test
    void shouldEndOneThatDrips() {
        assertThatIOException().isThrownBy(() -> stream(1_000, 1, 100).readAllBytes());
    }

    @Test
    void shouldEndOneThatBeginsToDrip() throws IOException {
        InputStream in = stream(1_000, 10, 100);
        in.readNBytes(500);

        assertThatIOException().isThrownBy(() -> {
            while (in.read() >= 0) {
                // until it ends
            }
        });
    }

    @Test
    void shouldNotCountWhatTheReaderDoesMeanwhile() throws IOException {
        InputStream in = stream(20, 1, 5);
        for (int i = 0; i < 20; i++) {
            in.read();
            now += Duration.ofSeconds(100).toNanos();
        }

        assertThat(in.read()).isEqualTo(-1);
    }

    @Test
    void shouldNotBlameTheEnd() throws IOException {
        assertThat(stream(10, 1, 11).readAllBytes()).hasSize(10);
    }
}
