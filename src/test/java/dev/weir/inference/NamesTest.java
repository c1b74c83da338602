package dev.weir.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {

    /** What turns up in paths, headers and logs of a server that strangers may reach. */
    private static final String[] HOSTILE = {
        "",
        " ",
        "a b",
        " a",
        "a ",
        "\t",
        "a\nb",
        "a\r\nSet-Cookie: x",
        "a\0",
        "\0",
        "%2e",
        "%2e%2e",
        "%2f",
        "..%2f",
        "%00",
        "a%20b",
        "\\",
        "..\\",
        "a\\b",
        "C:\\x",
        ";",
        "a;jsessionid=1",
        "a?b",
        "a&b",
        "a*",
        "a|b",
        "a`b`",
        "$(a)",
        "${jndi:ldap://x}",
        "<script>",
        "a'b",
        "a\"b",
        "{a}",
        "[a]",
        "a,b",
        "a!",
        "a^b",
        "caf\u00e9",
        "\u0430",
        "\uff41",
        "\u2024\u2024",
        "\u2215",
        "\u29f8",
        "a\u200bb",
        "\u202ea",
        "a\u0301",
        "\ufeffa",
        "\ud83d\ude00",
        "\ud800",
        "a\u0085b",
        "a\u2028b",
        "\u0000a",
        "\u007f",
    };

    static String[] hostile() {
        return HOSTILE;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "Z",
                "0",
                "iris",
                "breast-cancer",
                "v1.2.3",
                "a_b",
                "-",
                "_",
                "...",
                ".hidden",
                "a.",
                "..a",
                "2024-01-01"
            })
    void shouldAcceptNames(String name) {
        assertThat(Names.isName(name)).isTrue();
        assertThat(Names.requireName(name, "model")).isEqualTo(name);
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void shouldRefuseHostileNames(String name) {
        assertThat(Names.isName(name)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {".", "..", "../..", "a/b", "/", "//", "~", "a:b", "a=b", "a@b", "a#b", "a+b"})
    void shouldRefuseNamesThatMeanSomethingElsewhere(String name) {
        assertThat(Names.isName(name)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "req-1", "urn:uuid:0", "a/b+c=", "~x", "user@host#1", ".", ".."})
    void shouldAcceptIds(String id) {
        assertThat(Names.requireId(id, "id")).isEqualTo(id);
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void shouldRefuseHostileIds(String id) {
        assertThat(catchThrowableOfType(RequestRejected.class, () -> Names.requireId(id, "id"))
                        .code())
                .isEqualTo(FailureCode.INVALID_ID);
    }

    @Test
    void shouldAcceptTheLongestName() {
        assertThat(Names.isName("a".repeat(Names.MAX_LENGTH))).isTrue();
    }

    @Test
    void shouldRefuseANameThatIsTooLong() {
        RequestRejected refusal = catchThrowableOfType(
                RequestRejected.class, () -> Names.requireName("a".repeat(Names.MAX_LENGTH + 1), "model"));

        assertThat(refusal.limit()).isEqualTo(Names.MAX_LENGTH);
    }

    @Test
    void shouldBlameTheFieldAndNotRepeatWhatItHeld() {
        RequestRejected refusal =
                catchThrowableOfType(RequestRejected.class, () -> Names.requireName("<script>", "model"));

        assertThat(refusal.field()).isEqualTo("model");
        assertThat(refusal.publicMessage()).doesNotContain("script");
    }

    @Test
    void shouldAcceptNothingButAsciiLettersDigitsAndThreeSigns() {
        String accepted = "";
        for (char c = 0; c < Character.MAX_VALUE; c++) {
            if (Names.isName("x" + c)) {
                accepted += c;
            }
        }

        assertThat(accepted).isEqualTo("-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/b", "..", ""})
    void shouldLetNoVersionHaveAnotherName(String name) {
        assertThat(catchThrowableOfType(RequestRejected.class, () -> new VersionRef("model", name))
                        .field())
                .isEqualTo("version");
    }

    @Test
    void shouldLetNoRequestHaveAnotherId() {
        assertThat(catchThrowableOfType(RequestRejected.class, () -> new RequestId("a\r\nb"))
                        .field())
                .isEqualTo("X-Request-Id");
    }
}
