package dev.weir.api.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrpcHeadersTest {

    @Test
    void shouldReadATimeoutInEveryUnit() {
        assertThat(GrpcHeaders.timeout("2H")).isEqualTo(Duration.ofHours(2));
        assertThat(GrpcHeaders.timeout("3M")).isEqualTo(Duration.ofMinutes(3));
        assertThat(GrpcHeaders.timeout("4S")).isEqualTo(Duration.ofSeconds(4));
        assertThat(GrpcHeaders.timeout("5m")).isEqualTo(Duration.ofMillis(5));
        assertThat(GrpcHeaders.timeout("6u")).isEqualTo(Duration.ofNanos(6000));
        assertThat(GrpcHeaders.timeout("99999999n")).isEqualTo(Duration.ofNanos(99_999_999));
        assertThat(GrpcHeaders.timeout("99999999H")).isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "S", "1", "1s", "-1S", "1.5S", "123456789S", "٣S", " 1S"})
    void shouldRefuseWhatIsNoTimeout(String text) {
        assertThatExceptionOfType(RequestRejected.class)
                .isThrownBy(() -> GrpcHeaders.timeout(text))
                .satisfies(e -> assertThat(e.code()).isEqualTo(FailureCode.INVALID_HEADER));
    }

    @Test
    void shouldEncodeWhatAHeaderCannotHold() {
        assertThat(GrpcHeaders.percentEncode("inputs[0].name is 5 long")).isEqualTo("inputs[0].name is 5 long");
        assertThat(GrpcHeaders.percentEncode("100 %\r\nä")).isEqualTo("100 %25%0D%0A%C3%A4");
    }
}
