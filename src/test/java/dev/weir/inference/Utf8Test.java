package dev.weir.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.management.ThreadMXBean;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Utf8Test {

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.integers()
                .between(0, Character.MAX_CODE_POINT)
                .filter(point -> point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE)
                .array(int[].class)
                .ofMaxSize(40)
                .map(points -> new String(points, 0, points.length));
    }

    @Property
    void shouldReadBackWhatItWrote(@ForAll("texts") String text) {
        assertThat(Utf8.decode(Utf8.encode(text, "f"), "f")).isEqualTo(text);
    }

    @Property
    void shouldEncodeAsTheStandardSays(@ForAll("texts") String text) {
        assertThat(Utf8.encode(text, "f")).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
    }

    @Property
    void shouldAcceptExactlyTheBytesThatComeBackUnchanged(@ForAll byte[] bytes) {
        boolean valid =
                Arrays.equals(new String(bytes, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8), bytes);

        assertThat(accepts(bytes)).isEqualTo(valid);
    }

    @Property
    void shouldTellADamagedTextAsTheStandardDoes(
            @ForAll("texts") String text, @ForAll @IntRange(max = 200) int at, @ForAll byte damage) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 0) {
            bytes[at % bytes.length] = damage;
        }
        boolean valid =
                Arrays.equals(new String(bytes, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8), bytes);

        assertThat(accepts(bytes)).isEqualTo(valid);
    }

    @Example
    void shouldTakeNoMemoryToCheckALargeText() {
        byte[] bytes = "é".repeat(4 << 20).getBytes(StandardCharsets.UTF_8);
        ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();

        long before = thread.getCurrentThreadAllocatedBytes();
        Utf8.requireValid(bytes, 0, bytes.length, "f");

        assertThat(thread.getCurrentThreadAllocatedBytes() - before).isLessThan(1 << 20);
    }

    private static boolean accepts(byte... bytes) {
        try {
            Utf8.requireValid(bytes, 0, bytes.length, "f");
            return true;
        } catch (RequestRejected e) {
            return false;
        }
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource({
        "c080, an overlong NUL",
        "c1bf, an overlong letter",
        "e08080, an overlong NUL of three bytes",
        "e09fbf, an overlong character of three bytes",
        "f0808080, an overlong NUL of four bytes",
        "f08fbfbf, an overlong character of four bytes",
        "eda080, half a surrogate pair",
        "edbfbf, the other half",
        "eda081edb080, a surrogate pair as two characters",
        "c3, one byte of two",
        "e697, two bytes of three",
        "f09f98, three bytes of four",
        "61c3, a cut at the end",
        "c328, a letter in the place of a continuation",
        "80, a continuation that continues nothing",
        "f4908080, a character above U+10FFFF",
        "f5808080, a lead byte that leads nowhere",
        "fe, no byte of UTF-8",
        "ff, no byte of UTF-8 either",
    })
    void shouldRefuse(String hex, String what) {
        byte[] bytes = HexFormat.of().parseHex(hex);

        RequestRejected refusal =
                catchThrowableOfType(RequestRejected.class, () -> Utf8.decode(bytes, "inputs[0].data"));

        assertThat(refusal.code()).as(what).isEqualTo(FailureCode.INVALID_UTF8);
        assertThat(refusal.field()).isEqualTo("inputs[0].data");
        assertThat(accepts(bytes)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\ud83d", "\ude00", "a\ud83d", "\ude00\ud83d", "\ud83d\ud83d\ude00", "\ud83da"})
    void shouldNotEncodeHalfASurrogatePair(String text) {
        assertThat(catchThrowableOfType(RequestRejected.class, () -> Utf8.encode(text, "f"))
                        .code())
                .isEqualTo(FailureCode.INVALID_UTF8);
    }

    @Example
    void shouldLookAtTheGivenStretchOnly() {
        byte[] bytes = {(byte) 0xff, 'a', (byte) 0xc3, (byte) 0xa9, (byte) 0xff};

        Utf8.requireValid(bytes, 1, 3, "f");

        assertThat(catchThrowableOfType(RequestRejected.class, () -> Utf8.requireValid(bytes, 1, 2, "f")))
                .isNotNull();
    }

    @Example
    void shouldTakeNothingForText() {
        assertThat(Utf8.decode(new byte[0], "f")).isEmpty();
    }
}
