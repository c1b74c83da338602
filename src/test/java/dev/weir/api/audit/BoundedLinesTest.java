package dev.weir.api.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.fixture.ManualTicker;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class BoundedLinesTest {

    private static final int MOST = 8;

    private final ManualTicker ticker = new ManualTicker();

    private BoundedLines lines(InputStream body) {
        return new BoundedLines(body, MOST, Duration.ofSeconds(1), ticker);
    }

    private BoundedLines lines(String body) {
        return lines(new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)));
    }

    @Property(tries = 300)
    void shouldFindEveryLineByItsNumber(
            @ForAll @Size(max = 20) List<@StringLength(max = 12) @CharRange(from = 'a', to = 'd') String> texts) {
        BoundedLines lines = lines(String.join("\n", texts));
        List<String> found = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            String text = texts.get(i);
            if (!text.isEmpty()) {
                expected.add(i + 1 + (text.length() > MOST ? " is too long" : " " + text));
            }
        }

        for (byte[] line = lines.next(); line != null; line = lines.next()) {
            String text = " " + new String(line, StandardCharsets.UTF_8);
            try {
                lines.requireWhole();
            } catch (RequestRejected e) {
                text = " is too long";
            }
            found.add(lines.number() + text);
        }

        assertThat(found).isEqualTo(expected);
    }

    @Test
    void shouldNotCountTheReturnBeforeALinesEnd() {
        BoundedLines lines = lines("12345678\r\n");

        lines.next();

        assertThatCode(lines::requireWhole).doesNotThrowAnyException();
    }

    @Test
    void shouldSayThatABodyTakesTooLong() {
        BoundedLines lines = lines("a\nb\n");
        lines.next();
        ticker.advance(Duration.ofSeconds(2));

        assertThatThrownBy(lines::next).isInstanceOfSatisfying(RequestRejected.class, e -> assertThat(e.code())
                .isEqualTo(FailureCode.BODY_TIMEOUT));
    }

    @Test
    void shouldSayThatABodyBrokeOffAndFromWhereItMayBeSentAgain() {
        BoundedLines lines = lines(new InputStream() {
            private int left = 4;

            @Override
            public int read() throws IOException {
                if (left-- == 0) {
                    throw new IOException("reset");
                }
                return left % 2 == 0 ? '\n' : 'a';
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                bytes[offset] = (byte) read();
                return 1;
            }
        });
        lines.next();
        lines.next();

        assertThatThrownBy(lines::next)
                .isInstanceOfSatisfying(
                        RequestRejected.class, e -> assertThat(e.code()).isEqualTo(FailureCode.MALFORMED_BODY))
                .hasMessageContaining("before line 3 may be kept");
    }
}
