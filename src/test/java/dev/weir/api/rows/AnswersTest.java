package dev.weir.api.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.api.JsonBodies;
import dev.weir.api.Limits;
import dev.weir.deployment.Disclosure;
import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.InferenceResponse;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.RequestId;
import dev.weir.inference.Shape;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorSpec;
import dev.weir.serving.Prediction;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AnswersTest {

    private static final JsonBodies JSON = new JsonBodies(Limits.DEFAULT);
    private static final String IDS =
            "\"model_name\":\"m\",\"model_version\":\"1\",\"id\":\"r\",\"prediction_id\":\"00000000-0000-0001-0000-000000000002\"}";

    private static ModelSignature giving(TensorSpec... outputs) {
        return new ModelSignature(List.of(TensorSpec.of("x", DataType.FP32, -1)), List.of(outputs), true);
    }

    private static Tensor floats(String name, Shape shape, float... values) {
        ByteBuffer data = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.nativeOrder());
        for (float value : values) {
            data.putFloat(value);
        }
        return new Tensor.Fixed(name, DataType.FP32, shape, data.flip());
    }

    private static Tensor texts(String name, String... values) {
        return new Tensor.Bytes(
                name,
                Shape.of(values.length),
                Stream.of(values)
                        .map(text -> text.getBytes(StandardCharsets.UTF_8))
                        .toList());
    }

    private static TensorSpec scores(String name, List<String> labels) {
        return new TensorSpec(name, DataType.FP32, ShapePattern.of(-1, 2), List.of(), labels, false);
    }

    private static String json(ModelSignature promise, int rows, List<RowError> errors, Tensor... outputs) {
        return json(promise, rows, errors, FormsPropertyTest.prediction(new InferenceResponse(List.of(outputs))));
    }

    private static String json(ModelSignature promise, int rows, List<RowError> errors, Prediction prediction) {
        return PredictionsJson.write(JSON, promise, new RequestId("r"), prediction, rows, errors)
                .toString();
    }

    private static String csv(ModelSignature promise, int rows, Tensor... outputs) {
        AnswerTable table = AnswerTable.of(promise, List.of(outputs), rows);
        assertThat(PredictionsCsv.isFlat(table)).isTrue();
        return PredictionsCsv.write(table, rows).toString();
    }

    @Test
    void oneOutputIsItsValue() {
        Tensor single = floats("y", Shape.of(2, 1), 1.5f, Float.NaN);
        assertThat(json(giving(TensorSpec.of("y", DataType.FP32, -1, 1)), 2, List.of(), single))
                .isEqualTo("{\"predictions\":[1.5,\"NaN\"]," + IDS);
        assertThat(json(giving(TensorSpec.of("y", DataType.FP32, -1)), 2, List.of(), floats("y", Shape.of(2), 1, 2)))
                .startsWith("{\"predictions\":[1.0,2.0],");
        assertThat(json(
                        giving(TensorSpec.of("y", DataType.FP32, -1, 2, 1)),
                        1,
                        List.of(),
                        floats("y", Shape.of(1, 2, 1), 1, 2)))
                .startsWith("{\"predictions\":[[[1.0],[2.0]]],");
    }

    /** Else the form of an answer would depend on how many there happen to be. */
    @Test
    void anOpenExtentIsAnArrayEvenOfOne() {
        assertThat(json(
                        giving(TensorSpec.of("y", DataType.FP32, -1, -1)),
                        2,
                        List.of(),
                        floats("y", Shape.of(2, 1), 1, 2)))
                .startsWith("{\"predictions\":[[1.0],[2.0]],");
    }

    @Test
    void severalOutputsAreKeyed() {
        ModelSignature promise = giving(TensorSpec.of("label", DataType.BYTES, -1), scores("p", List.of()));

        assertThat(json(promise, 2, List.of(), texts("label", "a\"", "é"), floats("p", Shape.of(2, 2), 1, 2, 3, 4)))
                .startsWith(
                        "{\"predictions\":[{\"label\":\"a\\\"\",\"p\":[1.0,2.0]},{\"label\":\"é\",\"p\":[3.0,4.0]}],");
    }

    @Test
    void rowsLeftOutAreNullInTheirPlaces() {
        List<RowError> errors = List.of(
                new RowError(0, new RequestRejected(FailureCode.MISSING_FEATURE, "no x", "instances[0].x")),
                new RowError(2, new RequestRejected(FailureCode.INVALID_FIELD, "no row")),
                new RowError(4, new RequestRejected(FailureCode.INVALID_FIELD, "no row")));

        assertThat(json(giving(TensorSpec.of("y", DataType.FP32, -1)), 2, errors, floats("y", Shape.of(2), 1, 2)))
                .isEqualTo("{\"predictions\":[null,1.0,null,2.0,null],\"row_errors\":["
                        + "{\"row\":0,\"code\":\"MISSING_FEATURE\",\"field\":\"instances[0].x\",\"error\":\"no x\"},"
                        + "{\"row\":2,\"code\":\"INVALID_FIELD\",\"error\":\"no row\"},"
                        + "{\"row\":4,\"code\":\"INVALID_FIELD\",\"error\":\"no row\"}]," + IDS);
    }

    @Test
    void anOpaqueDeploymentTellsNoVersion() {
        Prediction told = FormsPropertyTest.prediction(new InferenceResponse(List.of(floats("y", Shape.of(1), 1))));
        Prediction opaque =
                new Prediction(told.id(), told.deployment(), Disclosure.OPAQUE, told.route(), told.response());

        assertThat(json(giving(TensorSpec.of("y", DataType.FP32, -1)), 1, List.of(), opaque))
                .doesNotContain("version");
    }

    @Test
    void anAnswerMustHaveTheRowsAskedFor() {
        assertThatThrownBy(() -> json(
                        giving(TensorSpec.of("y", DataType.FP32, -1)), 3, List.of(), floats("y", Shape.of(2), 1, 2)))
                .isInstanceOfSatisfying(
                        PredictionFailed.class, e -> assertThat(e.code()).isEqualTo(FailureCode.INVALID_OUTPUT));
    }

    @Test
    void bytesThatAreNoTextHaveNoForm() {
        Tensor bytes = new Tensor.Bytes("y", Shape.of(1), List.of(new byte[] {(byte) 0xFF}));
        ModelSignature promise = giving(TensorSpec.of("y", DataType.BYTES, -1));

        assertThatThrownBy(() -> json(promise, 1, List.of(), bytes)).isInstanceOf(PredictionFailed.class);
        assertThatThrownBy(() -> csv(promise, 1, bytes)).isInstanceOf(PredictionFailed.class);
    }

    @Test
    void csvNamesScoresByTheirLabels() {
        ModelSignature promise = giving(TensorSpec.of("label", DataType.BYTES, -1), scores("p", List.of("cat", "dog")));

        assertThat(csv(
                        promise,
                        2,
                        texts("label", "a,\"b\"", "c\nd"),
                        floats("p", Shape.of(2, 2), 1, .5f, Float.NaN, 4)))
                .isEqualTo("label,cat,dog\n\"a,\"\"b\"\"\",1.0,0.5\n\"c\nd\",NaN,4.0\n");
    }

    @Test
    void csvNumbersScoresWithoutLabelsAndTellsNamesApart() {
        assertThat(csv(giving(scores("p", List.of())), 1, floats("p", Shape.of(1, 2), 1, 2)))
                .isEqualTo("p_0,p_1\n1.0,2.0\n");
        ModelSignature promise = giving(scores("p", List.of("a", "b")), scores("q", List.of("b", "c")));
        assertThat(csv(promise, 1, floats("p", Shape.of(1, 2), 1, 2), floats("q", Shape.of(1, 2), 3, 4)))
                .isEqualTo("p_a,p_b,q_b,q_c\n1.0,2.0,3.0,4.0\n");
    }

    @Test
    void csvHasNoFormForNestedRows() {
        AnswerTable table = AnswerTable.of(
                giving(TensorSpec.of("y", DataType.FP32, -1, 1, 2)), List.of(floats("y", Shape.of(1, 1, 2), 1, 2)), 1);

        assertThat(PredictionsCsv.isFlat(table)).isFalse();
    }
}
