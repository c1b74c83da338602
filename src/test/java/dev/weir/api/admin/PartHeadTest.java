package dev.weir.api.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.weir.failure.RequestRejected;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PartHeadTest {

    @Test
    void shouldReadNameAndFileName() {
        assertThat(PartHead.parse(
                        "Content-Type: x/y\r\ncontent-disposition: Form-Data; NAME=\"model\" ; filename=\"a;b=c\""))
                .isEqualTo(new PartHead("model", "a;b=c"));
    }

    @Test
    void shouldReadTokens() {
        assertThat(PartHead.parse("Content-Disposition: form-data; name=version"))
                .isEqualTo(new PartHead("version", null));
    }

    @Test
    void shouldDecodeAndUnescapeNothing() {
        assertThat(PartHead.parse("Content-Disposition: form-data; name=\"m\"; filename=\"%2e\\..\""))
                .isEqualTo(new PartHead("m", "%2e\\.."));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Content-Disposition",
                "Content-Disposition: attachment; name=\"x\"",
                "Content-Disposition: form-data",
                "Content-Disposition: form-data; filename=\"x\"",
                "Content-Disposition: form-data; name=\"x",
                "Content-Disposition: form-data; name=\"x\"y; filename=\"z\"",
                "Content-Disposition: form-data; name=\"x\"; name=\"y\"",
                "Content-Disposition: form-data; name=\"x\"; filename*=UTF-8''y",
                "Content-Disposition: form-data; name=\"x\"\r\nContent-Disposition: form-data; name=\"y\"",
                "Content-Disposition: form-data;\r\n name=\"x\"",
                "Content-Disposition: form-data; name=\"x\"\r\nContent-Transfer-Encoding: base64"
            })
    void shouldRefuseWhatIsNoHeadOfAPart(String head) {
        assertThatThrownBy(() -> PartHead.parse(head)).isInstanceOf(RequestRejected.class);
    }

    @Property
    void shouldAnswerOrRefuseWhateverItReads(
            @ForAll
                    @StringLength(max = 40)
                    @Chars({';', '=', '"', ' ', '\r', '\n', ':', '\\', '*'})
                    @CharRange(from = 'a', to = 'c')
                    String tail) {
        Throwable thrown = catchThrowable(() -> PartHead.parse("Content-Disposition: form-data; name=\"x\"" + tail));
        assertThat(thrown).satisfiesAnyOf(none -> assertThat(none).isNull(), some -> assertThat(some)
                .isInstanceOf(RequestRejected.class));
    }
}
