package dev.weir.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextRuleTest {

    private static final ModelSignature TEXTS = new ModelSignature(
            List.of(TensorSpec.of("x", DataType.BYTES, -1)), List.of(TensorSpec.of("y", DataType.FP32, -1)), true);

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "plain", "größer", "\uffff", "日本", "\u0001"})
    void shouldLetTheBasicPlanePass(String text) {
        assertThat(TextRule.BASIC_PLANE.passes(utf8(text))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u0000", "a\u0000", "é\u0000", "\ud83d\udc27", "\ud800\udc00", "a\udbff\udfff"})
    void shouldRefuseNulAndWhatLiesAboveTheBasicPlane(String text) {
        RequestRejected refusal = catchThrowableOfType(
                RequestRejected.class, () -> TextRule.BASIC_PLANE.require(utf8(text), "inputs[0].data[3]"));

        assertThat(refusal.code()).isEqualTo(FailureCode.UNSUPPORTED_VALUE);
        assertThat(refusal.field()).isEqualTo("inputs[0].data[3]");
        assertThat(TextRule.BASIC_PLANE.passes(utf8(text))).isFalse();
    }

    @Test
    void shouldTellBytesThatAreNoTextApart() {
        byte[] cut = {(byte) 0xc3};

        assertThat(catchThrowableOfType(RequestRejected.class, () -> TextRule.BASIC_PLANE.require(cut, "f"))
                        .code())
                .isEqualTo(FailureCode.INVALID_UTF8);
    }

    @Test
    void shouldLetAnyBytesPassWhereTheRuntimeDoes() {
        assertThat(TextRule.ANY.passes(new byte[] {0, (byte) 0xc3})).isTrue();
    }

    @Test
    void shouldKeepTheStricterOfTwo() {
        assertThat(TextRule.ANY.and(TextRule.BASIC_PLANE)).isEqualTo(TextRule.BASIC_PLANE);
        assertThat(TextRule.BASIC_PLANE.and(TextRule.ANY)).isEqualTo(TextRule.BASIC_PLANE);
        assertThat(TextRule.ANY.and(TextRule.ANY)).isEqualTo(TextRule.ANY);
    }

    @Test
    void shouldBeKeptByEveryElementOfARequest() {
        Tensor texts = new Tensor.Bytes("x", Shape.of(2), List.of(utf8("a"), utf8("\ud83d\udc27")));

        RequestRejected refusal = catchThrowableOfType(
                RequestRejected.class, () -> SignatureCheck.rows(TEXTS, TextRule.BASIC_PLANE, List.of(texts)));

        assertThat(refusal.code()).isEqualTo(FailureCode.UNSUPPORTED_VALUE);
        assertThat(refusal.field()).isEqualTo("inputs[0].data[1]");
        assertThat(SignatureCheck.rows(TEXTS, TextRule.ANY, List.of(texts))).isEqualTo(2);
    }
}
