package dev.weir.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParametersTest {

    @Test
    void shouldIgnoreUnknownParameters() {
        Map<String, Object> unknown = Map.of("temperature", 0.5, "headers", "x", "binary_data", true);
        Parameters.requireKnown(unknown, "parameters");
        Parameters.requireKnownOfTensor(unknown, "parameters");
        assertThat(Parameters.timeout(unknown, "parameters")).isNull();
    }

    @Test
    void shouldIgnoreWhatClientLibrariesSendUnasked() {
        Parameters.requireKnown(
                Map.of("sequence_id", 0L, "sequence_start", false, "sequence_end", false, "priority", 0L),
                "parameters");
        Parameters.requireKnown(Map.of("sequence_id", ""), "parameters");
        Parameters.requireKnown(Map.of("priority", BigInteger.ZERO), "parameters");
        Parameters.requireKnownOfTensor(Map.of("classification", 0L), "parameters");
    }

    @Test
    void shouldRefuseSequences() {
        refuses(Map.of("sequence_id", 7L), "sequence_id");
        refuses(Map.of("sequence_id", "job-7"), "sequence_id");
        refuses(Map.of("sequence_start", true), "sequence_start");
        refuses(Map.of("sequence_end", true), "sequence_end");
        refuses(Map.of("sequence_end", "yes"), "sequence_end");
    }

    @Test
    void shouldRefusePriorities() {
        refuses(Map.of("priority", 1L), "priority");
        refuses(Map.of("priority", BigInteger.TWO.pow(64).subtract(BigInteger.ONE)), "priority");
    }

    @ParameterizedTest
    @ValueSource(strings = {"shared_memory_region", "shared_memory_byte_size", "shared_memory_offset"})
    void shouldRefuseSharedMemory(String name) {
        refuses(Map.of(name, 0L), name);
        refusesOfTensor(Map.of(name, 0L), name);
    }

    @Test
    void shouldRefuseElementsThatStandForOtherBytes() {
        refuses(Map.of("content_type", "base64"), "content_type");
        refusesOfTensor(Map.of("content_type", "Base64"), "content_type");
        Parameters.requireKnownOfTensor(Map.of("content_type", "np"), "parameters");
    }

    @Test
    void shouldRefuseClassification() {
        refusesOfTensor(Map.of("classification", 3L), "classification");
    }

    @Test
    void shouldReadTheTimeoutInMicroseconds() {
        assertThat(Parameters.timeout(Map.of("timeout", 1_500_001L), "parameters"))
                .isEqualTo(Duration.ofSeconds(1, 500_001_000));
        assertThat(Parameters.timeout(Map.of("timeout", Long.MAX_VALUE), "parameters"))
                .isPositive();
    }

    @Test
    void shouldRefuseATimeoutThatIsNoIntegerAboveZero() {
        for (Object value : new Object[] {0L, -1L, 1.5, "1000", true, BigInteger.TWO.pow(63)}) {
            assertThatExceptionOfType(RequestRejected.class)
                    .isThrownBy(() -> Parameters.timeout(Map.of("timeout", value), "parameters"))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(FailureCode.INVALID_FIELD))
                    .satisfies(e -> assertThat(e.field()).isEqualTo("parameters.timeout"));
        }
    }

    private static void refuses(Map<String, Object> parameters, String name) {
        assertThatExceptionOfType(RequestRejected.class)
                .isThrownBy(() -> Parameters.requireKnown(parameters, "parameters"))
                .satisfies(e -> assertThat(e.code()).isEqualTo(FailureCode.UNSUPPORTED_PARAMETER))
                .satisfies(e -> assertThat(e.field()).isEqualTo("parameters." + name));
    }

    private static void refusesOfTensor(Map<String, Object> parameters, String name) {
        assertThatExceptionOfType(RequestRejected.class)
                .isThrownBy(() -> Parameters.requireKnownOfTensor(parameters, "inputs[0].parameters"))
                .satisfies(e -> assertThat(e.code()).isEqualTo(FailureCode.UNSUPPORTED_PARAMETER))
                .satisfies(e -> assertThat(e.field()).isEqualTo("inputs[0].parameters." + name));
    }
}
