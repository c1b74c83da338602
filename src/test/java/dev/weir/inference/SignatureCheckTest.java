package dev.weir.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.fixture.Tensors;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignatureCheckTest {

    private static final ModelSignature BATCHED = new ModelSignature(
            List.of(TensorSpec.of("features", DataType.FP32, -1, 3), TensorSpec.of("age", DataType.INT64, -1)),
            List.of(TensorSpec.of("scores", DataType.FP32, -1, 2), TensorSpec.of("label", DataType.INT64, -1)),
            true);

    private static final ModelSignature SINGLE = new ModelSignature(
            List.of(TensorSpec.of("x", DataType.FP32, -1)), List.of(TensorSpec.of("y", DataType.FP32, -1)), false);

    private static Tensor features(long rows, long columns) {
        return Tensors.fp32("features", new long[] {rows, columns}, new float[(int) (rows * columns)]);
    }

    private static Tensor age(int rows) {
        return Tensors.int64("age", new long[rows]);
    }

    private static RequestRejected refusal(ModelSignature signature, Tensor... inputs) {
        return catchThrowableOfType(RequestRejected.class, () -> SignatureCheck.rows(signature, List.of(inputs)));
    }

    private static void assertRefused(RequestRejected refusal, FailureCode code, String field) {
        assertThat(refusal.code()).isEqualTo(code);
        assertThat(refusal.field()).isEqualTo(field);
    }

    @Test
    void shouldCountTheRowsOfABatch() {
        assertThat(SignatureCheck.rows(BATCHED, List.of(features(5, 3), age(5))))
                .isEqualTo(5);
    }

    @Test
    void shouldTakeInputsInAnyOrder() {
        assertThat(SignatureCheck.rows(BATCHED, List.of(age(2), features(2, 3))))
                .isEqualTo(2);
    }

    @Test
    void shouldCountOneRowWithoutABatchAxis() {
        assertThat(SignatureCheck.rows(SINGLE, List.of(Tensors.fp32("x", 1, 2, 3))))
                .isOne();
    }

    @Test
    void shouldTakeNoElementsWithoutABatchAxis() {
        assertThat(SignatureCheck.rows(SINGLE, List.of(Tensors.fp32("x")))).isOne();
    }

    @Test
    void shouldRefuseAnUnknownInput() {
        RequestRejected refusal = refusal(BATCHED, features(1, 3), Tensors.fp32("height", 1));

        assertRefused(refusal, FailureCode.UNKNOWN_INPUT, "inputs[1].name");
        assertThat(refusal.publicMessage()).contains("features, age");
    }

    @Test
    void shouldRefuseAnInputThatIsGivenTwice() {
        assertRefused(
                refusal(BATCHED, features(1, 3), age(1), features(1, 3)),
                FailureCode.DUPLICATE_INPUT,
                "inputs[2].name");
    }

    @Test
    void shouldRefuseARequestThatLacksAnInput() {
        RequestRejected refusal = refusal(BATCHED, features(1, 3));

        assertRefused(refusal, FailureCode.MISSING_INPUT, "inputs");
        assertThat(refusal.publicMessage()).contains("'age'");
    }

    @Test
    void shouldRefuseARequestWithoutInputs() {
        assertRefused(refusal(BATCHED), FailureCode.MISSING_INPUT, "inputs");
    }

    @Test
    void shouldRefuseAnotherDatatype() {
        assertRefused(
                refusal(BATCHED, features(1, 3), Tensors.fp32("age", 1)),
                FailureCode.WRONG_DATATYPE,
                "inputs[1].datatype");
    }

    @ParameterizedTest
    @CsvSource({"1, 4", "1, 2", "3, 1", "1, 0"})
    void shouldRefuseAnotherShape(long rows, long columns) {
        assertRefused(refusal(BATCHED, features(rows, columns)), FailureCode.WRONG_SHAPE, "inputs[0].shape");
    }

    @Test
    void shouldRefuseAnotherRank() {
        assertRefused(refusal(BATCHED, Tensors.fp32("features", 1, 2, 3)), FailureCode.WRONG_SHAPE, "inputs[0].shape");
    }

    @Test
    void shouldRefuseABatchWithoutRows() {
        assertRefused(refusal(BATCHED, features(0, 3), age(0)), FailureCode.EMPTY_BATCH, "inputs[0].shape");
    }

    @Test
    void shouldRefuseInputsThatDisagreeOnRows() {
        RequestRejected refusal = refusal(BATCHED, features(2, 3), age(3));

        assertRefused(refusal, FailureCode.WRONG_SHAPE, "inputs[1].shape");
        assertThat(refusal.publicMessage()).contains("2 and 3");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void shouldRefuseNonFiniteValuesWhereTheyAreForbidden(float value) {
        assertRefused(
                refusal(SINGLE, Tensors.fp32("x", 0, Float.MAX_VALUE, value)),
                FailureCode.NON_FINITE_VALUE,
                "inputs[0].data[2]");
    }

    @Test
    void shouldTakeNonFiniteValuesWhereTheyAreAllowed() {
        ModelSignature tolerant = new ModelSignature(
                List.of(new TensorSpec("x", DataType.FP32, ShapePattern.of(-1), List.of(), List.of(), true)),
                SINGLE.outputs(),
                false);

        assertThatCode(() -> SignatureCheck.rows(tolerant, List.of(Tensors.fp32("x", Float.NaN))))
                .doesNotThrowAnyException();
    }

    private static ModelSignature takingNan(DataType datatype) {
        return new ModelSignature(
                List.of(new TensorSpec(
                        "x", datatype, ShapePattern.of(-1), List.of(), List.of(), TensorSpec.NonFinite.NAN)),
                SINGLE.outputs(),
                false);
    }

    @ParameterizedTest
    @CsvSource({"FP16, 7e00", "BF16, ffc0", "FP32, 7fc00000", "FP64, fff8000000000000"})
    void shouldTakeNanWhereOnlyNanIsAllowed(DataType datatype, String bits) {
        assertThatCode(() -> SignatureCheck.rows(takingNan(datatype), List.of(second(datatype, bits))))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({"FP16, 7c00", "BF16, ff80", "FP32, 7f800000", "FP64, fff0000000000000"})
    void shouldRefuseInfinitiesWhereOnlyNanIsAllowed(DataType datatype, String bits) {
        RequestRejected refusal = catchThrowableOfType(
                RequestRejected.class, () -> SignatureCheck.rows(takingNan(datatype), List.of(second(datatype, bits))));

        assertRefused(refusal, FailureCode.NON_FINITE_VALUE, "inputs[0].data[1]");
    }

    @Test
    void shouldFindAnInfinityBehindNan() {
        assertRefused(
                refusal(takingNan(DataType.FP32), Tensors.fp32("x", Float.NaN, 1, Float.NEGATIVE_INFINITY)),
                FailureCode.NON_FINITE_VALUE,
                "inputs[0].data[2]");
    }

    @ParameterizedTest
    @CsvSource({
        "FP16, 7c00",
        "FP16, fc00",
        "FP16, 7e00",
        "BF16, 7f80",
        "BF16, ff80",
        "BF16, 7fc0",
        "BF16, 7f81",
        "FP32, 7f800000",
        "FP32, ff800000",
        "FP32, 7fc00000",
        "FP64, 7ff0000000000000",
        "FP64, fff8000000000000",
    })
    void shouldKnowNonFiniteValuesOfEveryType(DataType datatype, String bits) {
        assertThat(SignatureCheck.firstNonFinite(second(datatype, bits))).isOne();
    }

    @ParameterizedTest
    @CsvSource({
        "FP16, 7bff",
        "FP16, fbff",
        "FP16, 0001",
        "BF16, 7f7f",
        "BF16, ff7f",
        "FP32, 7f7fffff",
        "FP64, 7fefffffffffffff",
        "FP64, 0000000000000001",
        "INT64, ffffffffffffffff",
        "INT32, 7f800000",
        "INT16, 7c00",
        "BOOL, 01",
    })
    void shouldKnowFiniteValuesOfEveryType(DataType datatype, String bits) {
        assertThat(SignatureCheck.firstNonFinite(second(datatype, bits))).isEqualTo(-1);
    }

    /** Returns a tensor of two elements, zero and the one with these bits. */
    private static Tensor.Fixed second(DataType datatype, String bits) {
        int size = datatype.bytes();
        byte[] bigEndian = HexFormat.of().parseHex(bits);
        byte[] data = new byte[2 * size];
        boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
        for (int i = 0; i < size; i++) {
            data[size + i] = bigEndian[little ? size - 1 - i : i];
        }
        return Tensors.raw("x", datatype, data);
    }

    @ParameterizedTest
    @EnumSource
    void shouldJudgeTensorsWithoutElements(DataType datatype) {
        if (datatype.isFixedSize()) {
            assertThat(SignatureCheck.firstNonFinite(Tensors.raw("x", datatype)))
                    .isEqualTo(-1);
        }
    }

    @Test
    void shouldTakeOutputsOfTheSignature() {
        assertThatCode(() -> SignatureCheck.requireOutputs(BATCHED, List.of("label", "scores")))
                .doesNotThrowAnyException();
    }

    @Test
    void shouldRefuseAnUnknownOutput() {
        RequestRejected refusal = catchThrowableOfType(
                RequestRejected.class, () -> SignatureCheck.requireOutputs(BATCHED, List.of("label", "score")));

        assertRefused(refusal, FailureCode.UNKNOWN_OUTPUT, "outputs[1].name");
        assertThat(refusal.publicMessage()).contains("scores, label");
    }

    @Test
    void shouldRefuseAnOutputThatIsAskedForTwice() {
        assertRefused(
                catchThrowableOfType(
                        RequestRejected.class,
                        () -> SignatureCheck.requireOutputs(BATCHED, List.of("label", "scores", "label"))),
                FailureCode.INVALID_FIELD,
                "outputs[2].name");
    }
}
