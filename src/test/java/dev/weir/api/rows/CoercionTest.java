package dev.weir.api.rows;

import static dev.weir.api.rows.Tables.csv;
import static dev.weir.api.rows.Tables.read;
import static dev.weir.api.rows.Tables.refusal;
import static dev.weir.api.rows.Tables.scalar;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Which JSON values become which elements, and which are refused rather than changed. */
class CoercionTest {

    private static final String HUGE = "9".repeat(60);

    private static Object value(DataType datatype, String literal) {
        return read(scalar(datatype, false), "{\"instances\":[" + literal + "]}")
                .values("x")
                .getFirst();
    }

    private static FailureCode code(DataType datatype, String literal) {
        return refusal(scalar(datatype, false), "{\"instances\":[" + literal + "]}")
                .code();
    }

    @ParameterizedTest
    @CsvSource({
        "FP32, 16777216, 16777216",
        "FP32, 16777218, 16777218",
        "FP32, -16777216, -16777216",
        "FP32, 0.1, 0.1",
        "FP32, 16777217.0, 16777216",
        "FP32, 1e-60, 0",
        "FP32, 3.4028235e38, 3.4028235e38",
        "FP32, 340282346638528859811704183484516925440, 3.4028235e38",
        "FP64, 9007199254740992, 9007199254740992",
        "FP64, 9007199254740994, 9007199254740994",
        "FP64, 0.1, 0.1",
        "FP64, 18446744073709551616, 18446744073709551616",
        "FP16, 2048, 2048",
        "FP16, 65504, 65504",
        "FP16, 0.1, 0.099975586",
        "BF16, 256, 256",
        "BF16, 258, 258",
        "BF16, 0.1, 0.100097656",
    })
    void floatingPointTakesWhatItCanHold(DataType datatype, String literal, double expected) {
        assertThat(((Number) value(datatype, literal)).floatValue()).isEqualTo((float) expected);
    }

    @ParameterizedTest
    @CsvSource({
        "FP32, 16777217",
        "FP32, -16777217",
        "FP32, 9223372036854775807",
        "FP32, 1e39",
        "FP32, -1e39",
        "FP32, 1e99999999999",
        "FP64, 9007199254740993",
        "FP64, 18446744073709551617",
        "FP64, 1e400",
        "FP16, 2049",
        "FP16, 65520",
        "FP16, 65520.0",
        "FP16, 1e9",
        "BF16, 257",
        "BF16, 3.4e38999",
        "BF16, 3.4028235e38",
    })
    void floatingPointRefusesWhatItCanNot(DataType datatype, String literal) {
        assertThat(code(datatype, literal)).isEqualTo(FailureCode.VALUE_OUT_OF_RANGE);
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FP16", "BF16", "FP32", "FP64"})
    void aHugeIntegerIsNoFloatingPointValue(DataType datatype) {
        assertThat(code(datatype, HUGE)).isEqualTo(FailureCode.VALUE_OUT_OF_RANGE);
    }

    @ParameterizedTest
    @CsvSource({
        "INT8, -128, -128",
        "INT8, 127, 127",
        "INT8, 1.27e2, 127",
        "UINT8, 255, 255",
        "INT16, -32768, -32768",
        "UINT16, 65535, 65535",
        "INT32, -2147483648, -2147483648",
        "INT32, 2147483647.0, 2147483647",
        "UINT32, 4294967295, 4294967295",
        "INT64, 9223372036854775807, 9223372036854775807",
        "INT64, -9223372036854775808, -9223372036854775808",
        "INT64, 9223372036854775807.0, 9223372036854775807",
        "INT64, 1.0, 1",
        "INT64, 0.0, 0",
        "INT64, -0.0, 0",
        "INT64, 15e1, 150",
        "INT64, 1500e-2, 15",
        "INT64, 1.000000000000000000000000, 1",
        "UINT64, 9223372036854775807, 9223372036854775807",
        "UINT64, 18446744073709551615, -1",
        "UINT64, 18446744073709551615.0, -1",
        "UINT64, 9223372036854775808, -9223372036854775808",
    })
    void integersTakeIntegersHoweverWritten(DataType datatype, String literal, long expected) {
        assertThat(value(datatype, literal)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "INT8, 128",
        "INT8, -129",
        "UINT8, 256",
        "UINT8, -1",
        "INT16, 32768",
        "UINT16, 65536",
        "INT32, 2147483648",
        "INT32, -2147483649.0",
        "UINT32, 4294967296",
        "UINT32, -1",
        "INT64, 9223372036854775808",
        "INT64, -9223372036854775809",
        "INT64, 9223372036854775808.0",
        "INT64, 1e19",
        "INT64, 1e999999999",
        "INT64, 1e99999999999",
        "INT64, 1e-999999999",
        "INT64, 0.5",
        "INT64, 1.00000000000000000001",
        "INT64, 1e-400",
        "INT32, 1.5",
        "UINT64, -1",
        "UINT64, 18446744073709551616",
        "UINT64, 18446744073709551616.0",
    })
    void integersRefuseWhatTheyCanNotHold(DataType datatype, String literal) {
        assertThat(code(datatype, literal)).isEqualTo(FailureCode.VALUE_OUT_OF_RANGE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "FP32 | \"1.5\" | a number, not a string",
                "FP32 | \"\" | a number, not a string",
                "FP64 | true | a number, not true or false",
                "FP16 | {} | a number, not an object",
                "FP32 | [] | a number, not an array",
                "INT64 | \"1\" | an integer, not a string",
                "INT32 | false | an integer, not true or false",
                "UINT8 | {\"a\":1} | an integer, not an object",
                "BOOL | 1 | true or false, not a number",
                "BOOL | 0.0 | true or false, not a number",
                "BOOL | \"true\" | true or false, not a string",
                "BYTES | 1 | a string, not a number",
                "BYTES | true | a string, not true or false",
                "BYTES | 1.5 | a string, not a number",
            })
    void kindsNeverBecomeOneAnother(DataType datatype, String literal, String expected) {
        // Keyed, because a bare object or array would be another form of a row.
        RequestRejected refused = refusal(scalar(datatype, true), "{\"instances\":[{\"x\":" + literal + "}]}");

        assertThat(refused.code()).isEqualTo(FailureCode.INVALID_FIELD);
        assertThat(refused.field()).isEqualTo("instances[0].x");
        assertThat(refused.publicMessage()).isEqualTo("row 0: feature 'x' must be " + expected);
    }

    @ParameterizedTest
    @EnumSource(DataType.class)
    void nullIsNotANumberWhereThatIsAllowed(DataType datatype) {
        if (datatype.isFloatingPoint()) {
            Object value = read(scalar(datatype, true), "{\"instances\":[{\"x\":null}]}")
                    .values("x")
                    .getFirst();
            assertThat(((Number) value).floatValue()).isNaN();
        } else {
            assertThat(refusal(scalar(datatype, true), "{\"instances\":[null]}").code())
                    .isEqualTo(FailureCode.MISSING_FEATURE);
        }
        RequestRejected refused = refusal(scalar(datatype, false), "{\"instances\":[{\"x\":null}]}");
        assertThat(refused.code()).isEqualTo(FailureCode.MISSING_FEATURE);
        assertThat(refused.field()).isEqualTo("instances[0].x");
    }

    @Test
    void nonFiniteValuesAreStringsAndOnlyWhereAllowed() {
        String body = "{\"instances\":[\"NaN\",\"Infinity\",\"-Infinity\"]}";
        for (DataType datatype :
                Stream.of(DataType.values()).filter(DataType::isFloatingPoint).toList()) {
            assertThat(read(scalar(datatype, true), body).values("x"))
                    .extracting(value -> ((Number) value).doubleValue())
                    .containsExactly(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);
            assertThat(refusal(scalar(datatype, false), body).code()).isEqualTo(FailureCode.NON_FINITE_VALUE);
        }
        assertThat(refusal(scalar(DataType.INT32, true), body).code()).isEqualTo(FailureCode.INVALID_FIELD);
        assertThat(read(scalar(DataType.BYTES, true), body).values("x")).contains("NaN");
    }

    @Test
    void textIsAnyText() {
        assertThat(value(DataType.BYTES, "\"a\\u00e9\\u0000\\ud83d\\ude00\"")).isEqualTo("a\u00e9\0\ud83d\ude00");
        assertThat(code(DataType.BYTES, "\"\\ud83d\"")).isEqualTo(FailureCode.INVALID_UTF8);
    }

    /** A cell of CSV has no type, so the same number is read as JSON reads it. */
    @ParameterizedTest
    @CsvSource({
        "FP32, 16777216",
        "FP32, 0.1",
        "FP32, -1e-3",
        "FP64, 0.1",
        "FP64, 9007199254740992",
        "FP16, 2048",
        "BF16, 0.1",
        "INT64, 9223372036854775807",
        "INT64, 1.0",
        "INT64, 15e1",
        "UINT64, 18446744073709551615",
        "INT8, -128",
        "BOOL, true",
        "BOOL, false"
    })
    void cellsAreReadAsJsonIs(DataType datatype, String literal) {
        Object cell = read(scalar(datatype, false), literal, csv(OnRowError.REJECT, CsvHeader.ABSENT))
                .values("x")
                .getFirst();

        assertThat(cell).isEqualTo(value(datatype, literal));
    }

    @ParameterizedTest
    @CsvSource({
        "FP32, 16777217, VALUE_OUT_OF_RANGE",
        "FP32, 1e39, VALUE_OUT_OF_RANGE",
        "FP64, 9007199254740993, VALUE_OUT_OF_RANGE",
        "FP64, 1e400, VALUE_OUT_OF_RANGE",
        "FP32, 0x1p3, INVALID_FIELD",
        "FP32, 1f, INVALID_FIELD",
        "FP32, 1d, INVALID_FIELD",
        "FP32, .5, INVALID_FIELD",
        "FP32, 5., INVALID_FIELD",
        "FP32, +1, INVALID_FIELD",
        "FP32, 01, INVALID_FIELD",
        "FP32, 1e, INVALID_FIELD",
        "FP32, 1e+, INVALID_FIELD",
        "FP32, -, INVALID_FIELD",
        "FP32, 1 2, INVALID_FIELD",
        "FP32, NaN, NON_FINITE_VALUE",
        "FP32, inf, NON_FINITE_VALUE",
        "INT64, 1.5, VALUE_OUT_OF_RANGE",
        "INT64, x, INVALID_FIELD",
        "INT64, NaN, INVALID_FIELD",
        "UINT8, 256, VALUE_OUT_OF_RANGE",
        "UINT8, 99999999999999999999999, VALUE_OUT_OF_RANGE",
        "BOOL, 1, INVALID_FIELD",
        "BOOL, yes, INVALID_FIELD",
    })
    void cellsAreRefusedAsJsonIs(DataType datatype, String cell, FailureCode code) {
        assertThat(refusal(scalar(datatype, false), cell, csv(OnRowError.REJECT, CsvHeader.ABSENT))
                        .code())
                .isEqualTo(code);
    }

    @Test
    void cellsMayBeNotANumberWhereThatIsAllowed() {
        assertThat(read(
                                scalar(DataType.FP64, true),
                                "NaN\nnan\ninf\n-inf\nInfinity\n-Infinity\n\"\"\n1",
                                csv(OnRowError.REJECT, CsvHeader.ABSENT))
                        .values("x"))
                .containsExactly(
                        Double.NaN,
                        Double.NaN,
                        Double.POSITIVE_INFINITY,
                        Double.NEGATIVE_INFINITY,
                        Double.POSITIVE_INFINITY,
                        Double.NEGATIVE_INFINITY,
                        Double.NaN,
                        1.0);
    }
}
