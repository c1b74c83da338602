package dev.weir.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.failure.RequestRejected;
import dev.weir.fixture.Tensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorJsonReaderTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static Tensor read(DataType datatype, String json, TensorAllocator allocator, long... shape)
            throws IOException {
        try (JsonParser parser = JSON.createParser(json)) {
            parser.nextToken();
            return TensorJsonReader.read(
                    parser, "t", datatype, Shape.of(shape), allocator, TensorJsonReader.Bounds.NONE);
        }
    }

    private static Tensor read(DataType datatype, String json, long... shape) throws IOException {
        return read(datatype, json, TensorAllocator.UNPOOLED, shape);
    }

    private static RequestRejected refusal(DataType datatype, String json, long... shape) {
        return catchThrowableOfType(RequestRejected.class, () -> read(datatype, json, shape));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "BOOL   | [true, 1]",
                "BOOL   | [true, \"true\"]",
                "BOOL   | [true, null]",
                "INT32  | [1, 1.0]",
                "INT32  | [1, 1e2]",
                "INT32  | [1, \"1\"]",
                "INT32  | [1, true]",
                "INT32  | [1, null]",
                "INT32  | [1, {}]",
                "UINT64 | [1, 1.5]",
                "UINT64 | [1, \"1\"]",
                "FP32   | [1, true]",
                "FP32   | [1, \"1\"]",
                "FP32   | [1, \"nan\"]",
                "FP32   | [1, \"inf\"]",
                "FP32   | [1, \"+Infinity\"]",
                "FP64   | [1, null]",
                "FP16   | [1, {}]",
                "BF16   | [1, \"\"]",
                "BYTES  | [\"a\", 1]",
                "BYTES  | [\"a\", null]",
                "BYTES  | [\"a\", {}]",
            })
    void shouldNameTheElementOfAWrongKind(DataType datatype, String json) {
        RequestRejected refusal = refusal(datatype, json, 2);

        assertThat(refusal.code()).isEqualTo(FailureCode.INVALID_FIELD);
        assertThat(refusal.field()).isEqualTo("data[1]");
    }

    @ParameterizedTest
    @CsvSource({
        "INT8, 128",
        "INT8, -129",
        "UINT8, 256",
        "UINT8, -1",
        "INT16, 32768",
        "INT16, -32769",
        "UINT16, 65536",
        "UINT16, -1",
        "INT32, 2147483648",
        "INT32, -2147483649",
        "UINT32, 4294967296",
        "UINT32, -1",
        "INT64, 9223372036854775808",
        "INT64, -9223372036854775809",
        "UINT64, 18446744073709551616",
        "UINT64, -1",
        "UINT64, -9223372036854775809",
        "FP16, 65520",
        "FP16, -65520",
        "FP16, 1e10",
        "BF16, 3.4e38",
        "FP32, 3.5e38",
        "FP32, -1e39",
        "FP64, 1e309",
        "FP32, 1e999999999",
        "FP64, -1e999999999",
    })
    void shouldNameTheElementOutOfRange(DataType datatype, String value) {
        RequestRejected refusal = refusal(datatype, "[0, 0, " + value + "]", 3);

        assertThat(refusal.code()).isEqualTo(FailureCode.VALUE_OUT_OF_RANGE);
        assertThat(refusal.field()).isEqualTo("data[2]");
    }

    @ParameterizedTest
    @CsvSource({
        "INT8, 127, 7f",
        "INT8, -128, 80",
        "UINT8, 255, ff",
        "INT16, -32768, 8000",
        "UINT16, 65535, ffff",
        "INT32, -2147483648, 80000000",
        "UINT32, 4294967295, ffffffff",
        "INT64, -9223372036854775808, 8000000000000000",
        "UINT64, 18446744073709551615, ffffffffffffffff",
        "FP16, 65504, 7bff",
        "FP16, 65519.99, 7bff",
        "FP16, 1e-9, 0",
        "BF16, 3.3895314e38, 7f7f",
        "FP32, 3.4028235e38, 7f7fffff",
        "FP64, 1.7976931348623157e308, 7fefffffffffffff",
        "FP32, 16777217, 4b800000",
        "FP32, 0.1, 3dcccccd",
        "FP64, 0.1, 3fb999999999999a",
        "FP32, -0.0, 80000000",
        "BF16, 1.00390625, 3f80",
        "BF16, 1.01171875, 3f82",
    })
    void shouldTakeTheLastValueInRange(DataType datatype, String value, String bits) throws IOException {
        ByteBuffer data = ((Tensor.Fixed) read(datatype, "[" + value + "]", 1)).data();
        long read =
                switch (datatype.bytes()) {
                    case 1 -> data.get() & 0xff;
                    case 2 -> data.getShort() & 0xffff;
                    case 4 -> data.getInt() & 0xffff_ffffL;
                    default -> data.getLong();
                };

        assertThat(Long.toHexString(read)).isEqualTo(bits);
    }

    @ParameterizedTest
    @ValueSource(strings = {"FP16", "BF16", "FP32", "FP64"})
    void shouldReadNonFiniteValuesFromStrings(DataType datatype) throws IOException {
        Tensor.Fixed read = (Tensor.Fixed) read(datatype, "[\"NaN\", \"Infinity\", \"-Infinity\"]", 3);

        assertThat(SignatureCheck.firstNonFinite(read)).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[]        | 3",
                "[1, 2]    | 3",
                "[1,2,3,4] | 3",
                "[1]       | 0",
                "[]        | 1",
            })
    void shouldRefuseTooFewOrTooManyElements(String json, long extent) {
        RequestRejected refusal = refusal(DataType.INT64, json, extent);

        assertThat(refusal.code()).isEqualTo(FailureCode.WRONG_DATA_LENGTH);
        assertThat(refusal.field()).isEqualTo("data");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[[1, 2], [3]]",
                "[[1, 2, 3], [4]]",
                "[[1, 2], 3, 4]",
                "[1, [2, 3], 4]",
                "[1, 2, 3, [4]]",
                "[[1, 2], [3, 4], []]",
                "[[1, 2, 3, 4]]",
                "[[], [1, 2, 3, 4]]",
                "[[[1], [2]], [[3], [4]]]",
                "[[1, 2], [[3, 4]]]",
            })
    void shouldRefuseDataThatAreNestedOtherwise(String json) {
        RequestRejected refusal = refusal(DataType.INT64, json, 2, 2);

        assertThat(refusal.code()).isEqualTo(FailureCode.WRONG_SHAPE);
        assertThat(refusal.field()).isEqualTo("data");
    }

    @Test
    void shouldRefuseANestedVector() {
        assertThat(refusal(DataType.INT64, "[[1, 2]]", 2).code()).isEqualTo(FailureCode.WRONG_SHAPE);
    }

    @Test
    void shouldReadFlatDataOfAnyShape() throws IOException {
        assertThat(Tensors.longs(read(DataType.INT64, "[1, 2, 3, 4, 5, 6]", 3, 1, 2)))
                .containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void shouldReadAScalarFromAnArrayOfOne() throws IOException {
        assertThat(read(DataType.INT64, "[7]").shape()).isEqualTo(Shape.of());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"0 | 3 | []", "2 | 0 | [[],[]]", "2 | 0 | []", "0 | 0 | []"})
    void shouldReadATensorWithoutElements(long rows, long columns, String json) throws IOException {
        assertThat(read(DataType.FP32, json, rows, columns).shape()).isEqualTo(Shape.of(rows, columns));
    }

    @ParameterizedTest
    @ValueSource(strings = {"7", "\"AAAA\"", "{}", "null", "true"})
    void shouldRefuseDataThatAreNoArray(String json) {
        RequestRejected refusal = refusal(DataType.INT64, json, 1);

        assertThat(refusal.code()).isEqualTo(FailureCode.INVALID_FIELD);
        assertThat(refusal.field()).isEqualTo("data");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[1, 2", "[1 2]", "[1,, 2]", "[1, 02]", "[1, +2]", "[1, 0x2]", "[1, NaN]", "[1, 2}"})
    void shouldLeaveBrokenJsonToTheParser(String json) {
        assertThatThrownBy(() -> read(DataType.FP32, json, 2)).isInstanceOf(JsonProcessingException.class);
    }

    @Test
    void shouldRefuseHalfASurrogatePair() {
        RequestRejected refusal = refusal(DataType.BYTES, "[\"fine\", \"\\ud83d\"]", 2);

        assertThat(refusal.code()).isEqualTo(FailureCode.INVALID_UTF8);
        assertThat(refusal.field()).isEqualTo("data[1]");
    }

    @Test
    void shouldReadTextOfAllPlanes() throws IOException {
        assertThat(Tensors.texts(read(DataType.BYTES, "[\"\\ud83d\\ude00\", \"\\u0000\"]", 2)))
                .containsExactly("\ud83d\ude00", "\0");
    }

    @ParameterizedTest
    @CsvSource({"FP64, 268435456", "FP64, 1152921504606846976", "INT8, 2147483648", "FP32, 9223372036854775807"})
    void shouldRefuseMoreThanABufferHolds(DataType datatype, long elements) {
        RequestRejected refusal = refusal(datatype, "[1]", elements);

        assertThat(refusal.code()).isEqualTo(FailureCode.LIMIT_EXCEEDED);
        assertThat(refusal.limit()).isEqualTo(Integer.MAX_VALUE / datatype.bytes());
    }

    @Test
    void shouldReserveNothingForManyPromisedStrings() throws IOException {
        ByteBudget budget = new ByteBudget(100);
        try (RequestMemory memory = new RequestMemory(budget)) {
            assertThat(catchThrowableOfType(
                                    RequestRejected.class,
                                    () -> read(DataType.BYTES, "[\"a\"]", memory, Long.MAX_VALUE))
                            .code())
                    .isEqualTo(FailureCode.WRONG_DATA_LENGTH);
            assertThat(budget.reserved()).isLessThan(50);
        }
    }

    @Test
    void shouldPayForNumbersFromTheBudget() throws IOException {
        ByteBudget budget = new ByteBudget(100);
        try (RequestMemory memory = new RequestMemory(budget)) {
            read(DataType.FP64, "[1, 2, 3]", memory, 3);

            assertThat(budget.reserved()).isEqualTo(24);
        }
    }

    @Test
    void shouldPayForStringsFromTheBudget() throws IOException {
        ByteBudget budget = new ByteBudget(1_000);
        try (RequestMemory memory = new RequestMemory(budget)) {
            read(DataType.BYTES, "[\"caf\u00e9\", \"\"]", memory, 2);

            assertThat(budget.reserved()).isEqualTo(5 + 24 + 24);
        }
    }

    @Test
    void shouldStopWhenTheBudgetIsTaken() {
        try (RequestMemory memory = new RequestMemory(new ByteBudget(50))) {
            assertThatThrownBy(() -> read(DataType.BYTES, "[\"a\", \"b\", \"c\"]", memory, 3))
                    .isInstanceOf(Overloaded.class);
        }
    }
}
