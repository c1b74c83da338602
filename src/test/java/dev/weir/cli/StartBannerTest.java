package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StartBannerTest {

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, http://127.0.0.1:8080",
        "localhost, http://localhost:8080",
        "::1, http://[::1]:8080",
        "2001:db8::7, http://[2001:db8::7]:8080",
        "0.0.0.0, http://127.0.0.1:8080",
        "::, http://[::1]:8080"
    })
    void shouldPrintAnAddressThatCanBeCalledFromHere(String host, String base) {
        assertThat(StartBanner.base(host, 8080)).isEqualTo(base);
    }

    @Test
    void shouldSayThatNothingIsServed() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        StartBanner.print("http://127.0.0.1:8080", List.of(), new PrintStream(out, true, StandardCharsets.UTF_8));

        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("listens on http://127.0.0.1:8080 ", "Serving nothing: there is no deployment file");
    }
}
