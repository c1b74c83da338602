package dev.weir.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigDecimal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShareTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0 %",
        "0.01, 1, 0.01 %",
        "5, 500, 5 %",
        "12.50, 1250, 12.5 %",
        "99.99, 9999, 99.99 %",
        "1e2, 10000, 100 %"
    })
    void shouldReadPercents(BigDecimal percent, int points, String text) {
        assertThat(Share.ofPercent(percent)).isEqualTo(new Share(points)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-0.01", "100.01", "0.001", "33.333"})
    void shouldRefuseWhatIsNoShare(BigDecimal percent) {
        assertThatIllegalArgumentException().isThrownBy(() -> Share.ofPercent(percent));
    }
}
