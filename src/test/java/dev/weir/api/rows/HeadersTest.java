package dev.weir.api.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeadersTest {

    @Test
    void aMediaTypeHasParameters() {
        MediaType type = MediaType.of(" Text/CSV ; Header=\"present\";charset=UTF-8; broken; =x");

        assertThat(type.type()).isEqualTo("text/csv");
        assertThat(type.parameter("header")).isEqualTo("present");
        assertThat(type.parameter("boundary")).isNull();
        type.requireUtf8();
        assertThat(MediaType.of("").type()).isEmpty();
    }

    @Test
    void otherCharactersThanUtf8AreRefused() {
        MediaType type = MediaType.of("application/json; charset=iso-8859-1");

        assertThatThrownBy(type::requireUtf8).isInstanceOfSatisfying(RequestRejected.class, e -> assertThat(e.code())
                .isEqualTo(FailureCode.UNSUPPORTED_MEDIA_TYPE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/csv", "text/csv;q=0.9, */*;q=0.1", "TEXT/CSV; header=present"})
    void csvIsPreferredWhereItIsNamedAndJsonIsNot(String accept) {
        assertThat(MediaType.prefersCsv(accept)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "*/*", "application/json", "text/csv, application/json", "text/csv;q=0", "text/*"})
    void jsonIsPreferredOtherwise(String accept) {
        assertThat(MediaType.prefersCsv(accept)).isFalse();
        assertThat(MediaType.prefersCsv(null)).isFalse();
    }

    @Test
    void rowErrorsAreRejectedOrReported() {
        assertThat(OnRowError.of(null)).isEqualTo(OnRowError.REJECT);
        assertThat(OnRowError.of("reject")).isEqualTo(OnRowError.REJECT);
        assertThat(OnRowError.of("report")).isEqualTo(OnRowError.REPORT);
        for (String other : new String[] {"", "REPORT", "yes"}) {
            assertThatThrownBy(() -> OnRowError.of(other)).isInstanceOfSatisfying(RequestRejected.class, e -> {
                assertThat(e.code()).isEqualTo(FailureCode.INVALID_HEADER);
                assertThat(e.field()).isEqualTo("Weir-On-Row-Error");
            });
        }
    }

    @Test
    void csvHeadersArePresentOrAbsent() {
        assertThat(CsvHeader.of(null)).isEqualTo(CsvHeader.GUESSED);
        assertThat(CsvHeader.of("present")).isEqualTo(CsvHeader.PRESENT);
        assertThat(CsvHeader.of("absent")).isEqualTo(CsvHeader.ABSENT);
        assertThatThrownBy(() -> CsvHeader.of("maybe")).isInstanceOf(RequestRejected.class);
    }
}
