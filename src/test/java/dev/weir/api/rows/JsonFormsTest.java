package dev.weir.api.rows;

import static dev.weir.api.rows.Tables.IMAGE;
import static dev.weir.api.rows.Tables.IRIS;
import static dev.weir.api.rows.Tables.MIXED;
import static dev.weir.api.rows.Tables.OPEN;
import static dev.weir.api.rows.Tables.read;
import static dev.weir.api.rows.Tables.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.failure.FailureCode;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.TensorSpec;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonFormsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"instances\":[{\"sepal_length\":5.1,\"sepal_width\":3.5,\"petal_length\":1.4,\"petal_width\":0.2}]}",
                "{\"instances\":[{\"petal_width\":0.2,\"sepal_width\":3.5,\"petal_length\":1.4,\"sepal_length\":5.1}]}",
                "{\"instances\":[[5.1,3.5,1.4,0.2]]}",
                "{\"instances\":[{\"features\":[5.1,3.5,1.4,0.2]}]}",
                "{\"inputs\":{\"sepal_length\":[5.1],\"sepal_width\":[3.5],\"petal_length\":[1.4],\"petal_width\":[0.2]}}",
                "{\"inputs\":{\"features\":[[5.1,3.5,1.4,0.2]]}}",
                "{\"inputs\":[[5.1,3.5,1.4,0.2]]}",
                "{\"dataframe_records\":[{\"sepal_length\":5.1,\"sepal_width\":3.5,\"petal_length\":1.4,\"petal_width\":0.2}]}",
                "{\"dataframe_split\":{\"columns\":[\"petal_width\",\"sepal_length\",\"sepal_width\",\"petal_length\"],"
                        + "\"index\":[7],\"data\":[[0.2,5.1,3.5,1.4]]}}",
                "{\"dataframe_split\":{\"data\":[[0.2,5.1,3.5,1.4]],"
                        + "\"columns\":[\"petal_width\",\"sepal_length\",\"sepal_width\",\"petal_length\"]}}",
                "{\"dataframe_split\":{\"columns\":[0,1,2,3],\"data\":[[5.1,3.5,1.4,0.2]]}}",
                "{\"dataframe_split\":{\"data\":[[5.1,3.5,1.4,0.2]]}}",
                "{\"signature_name\":\"serving_default\",\"more\":{\"a\":[1]},\"instances\":[[5.1,3.5,1.4,0.2]],\"x\":null}",
            })
    void everyFormOfOneRowGivesTheSameTensor(String body) {
        Tables.Table table = read(IRIS, body);

        assertThat(table.values("features")).containsExactly(5.1f, 3.5f, 1.4f, 0.2f);
        assertThat(table.shapes()).containsEntry("features", "[1, 4]");
        assertThat(table.rows()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"instances\":[{\"island\":\"Biscoe\",\"bill\":39.5,\"mass\":3800,\"wild\":true},"
                        + "{\"wild\":false,\"mass\":4500,\"bill\":null,\"island\":\"\"}]}",
                "{\"instances\":[[\"Biscoe\",39.5,3800,true],[\"\",\"NaN\",4500,false]]}",
                "{\"inputs\":{\"mass\":[3800,4500],\"wild\":[true,false],\"island\":[\"Biscoe\",\"\"],"
                        + "\"bill\":[39.5,null]}}",
                "{\"inputs\":{\"mass\":[[3800],[4500]],\"wild\":[true,false],\"island\":[[\"Biscoe\"],[\"\"]],"
                        + "\"bill\":[[39.5],[null]]}}",
            })
    void inputsOfDifferentTypesAreColumns(String body) {
        Tables.Table table = read(MIXED, body);

        assertThat(table.values("island")).containsExactly("Biscoe", "");
        assertThat(table.values("bill")).containsExactly(39.5f, Float.NaN);
        assertThat(table.values("mass")).containsExactly(3800L, 4500L);
        assertThat(table.values("wild")).containsExactly(true, false);
        assertThat(table.shapes()).containsEntry("mass", "[2, 1]").containsEntry("wild", "[2]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"instances\":[[[1,2,3],[4,5,6]],[[7,8,9],[10,11,12]]]}",
                "{\"instances\":[{\"image\":[[1,2,3],[4,5,6]]},{\"image\":[[7,8,9],[10,11,12]]}]}",
                "{\"inputs\":{\"image\":[[[1,2,3],[4,5,6]],[[7,8,9],[10,11,12]]]}}",
                "{\"inputs\":[[[1,2,3],[4,5,6]],[[7,8,9],[10,11,12]]]}",
                "{\"dataframe_split\":{\"columns\":[\"image\"],\"data\":[[[[1,2,3],[4,5,6]]],[[[7,8,9],[10,11,12]]]]}}",
            })
    void aRowMayBeABareArrayWhenThereIsOneInput(String body) {
        Tables.Table table = read(IMAGE, body);

        assertThat(table.shapes()).containsEntry("image", "[2, 2, 3]");
        assertThat(table.values("image")).containsExactly(1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f, 9f, 10f, 11f, 12f);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"instances\":[1,2,3]}", "{\"instances\":[[1],[2],[3]]}", "{\"inputs\":[1,2,3]}"})
    void aRowMayBeABareValueWhenThereIsOneColumn(String body) {
        assertThat(read(Tables.scalar(DataType.INT32, false), body).values("x")).containsExactly(1L, 2L, 3L);
        assertThat(read(Tables.signature(TensorSpec.of("x", DataType.INT32, -1, 1)), body)
                        .values("x"))
                .containsExactly(1L, 2L, 3L);
    }

    @Test
    void theFirstRowFixesAnOpenShape() {
        Tables.Table table = read(OPEN, "{\"instances\":[[[1,2],[3,4],[5,6]],[[1,1],[2,2],[3,3]]]}");

        assertThat(table.shapes()).containsEntry("series", "[2, 3, 2]");
        assertThat(table.values("series")).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 1L, 1L, 2L, 2L, 3L, 3L);

        var other = refusal(OPEN, "{\"instances\":[[[1,2],[3,4]],[[1,2]]]}");
        assertThat(other.code()).isEqualTo(FailureCode.WRONG_SHAPE);
        assertThat(other.field()).isEqualTo("instances[1].series");
        assertThat(other.publicMessage()).contains("row 1").contains("[2, 2]");
    }

    @Test
    void anOpenShapeMayBeEmpty() {
        Tables.Table table = read(OPEN, "{\"instances\":[[],[]]}");

        assertThat(table.shapes()).containsEntry("series", "[2, 0, 2]");
        assertThat(table.values("series")).isEmpty();
    }

    @Test
    void aFeatureHasPrecedenceOverATensorOfItsName() {
        ModelSignature both = Tables.signature(
                new TensorSpec("x", DataType.INT32, ShapePattern.of(-1, 2), List.of("x", "y"), List.of(), false));

        assertThat(read(both, "{\"instances\":[{\"x\":1,\"y\":2}]}").values("x"))
                .containsExactly(1L, 2L);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{\"instances\":[]}", "{\"inputs\":{\"features\":[]}}", "{\"dataframe_split\":{\"data\":[]}}"})
    void aBatchNeedsARow(String body) {
        assertThat(refusal(IRIS, body).code()).isEqualTo(FailureCode.EMPTY_BATCH);
    }

    @Test
    void oneFormIsNeededAndOneIsEnough() {
        assertThat(refusal(IRIS, "{\"instance\":[]}").code()).isEqualTo(FailureCode.MISSING_FIELD);
        var two = refusal(IRIS, "{\"instances\":[[1,2,3,4]],\"inputs\":[[1,2,3,4]]}");
        assertThat(two.code()).isEqualTo(FailureCode.INVALID_FIELD);
        assertThat(two.field()).isEqualTo("inputs");
        assertThat(refusal(IRIS, "{\"dataframe_split\":{\"columns\":[]}}").code())
                .isEqualTo(FailureCode.MISSING_FEATURE);
        assertThat(refusal(IRIS, "{\"dataframe_split\":{}}").code()).isEqualTo(FailureCode.MISSING_FIELD);
    }

    @Test
    void aSignatureNameIsIgnoredUnlessItIsNone() {
        var refused = refusal(IRIS, "{\"signature_name\":3,\"instances\":[[1,2,3,4]]}");

        assertThat(refused.code()).isEqualTo(FailureCode.INVALID_FIELD);
        assertThat(refused.field()).isEqualTo("signature_name");
    }

    @Test
    void inferenceParametersAreRefusedNotIgnored() {
        var refused = refusal(IRIS, "{\"params\":{\"threshold\":0.5},\"inputs\":[[1,2,3,4]]}");

        assertThat(refused.code()).isEqualTo(FailureCode.UNSUPPORTED_PARAMETER);
        assertThat(read(IRIS, "{\"params\":{},\"inputs\":[[1,2,3,4]]}").rows()).isEqualTo(1);
        assertThat(read(IRIS, "{\"params\":null,\"inputs\":[[1,2,3,4]]}").rows())
                .isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "3", "null", "\"x\"", "true"})
    void theBodyIsAnObject(String body) {
        assertThat(refusal(IRIS, body).code()).isEqualTo(FailureCode.INVALID_FIELD);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "{\"instances\":[[1,2,3,4]]",
                "{\"instances\":[[1,2,3,4]}",
                "{\"instances\":[[1,2,3,4]]}}",
                "{\"instances\":[[1,2,3,4]]} x",
                "{\"instances\":[[1,2,,4]]}",
                "{\"instances\":[[1,2,3,NaN]]}",
                "{\"inputs\":{\"sepal_length\":[1,2",
            })
    void brokenJsonIsRefused(String body) {
        assertThat(refusal(IRIS, body).code()).isEqualTo(FailureCode.MALFORMED_JSON);
    }

    @Test
    void modelsWithoutRowsAreSentToV2() {
        ModelSignature fixed = new ModelSignature(
                List.of(TensorSpec.of("x", DataType.FP32, 2)), List.of(TensorSpec.of("y", DataType.FP32, 2)), false);

        assertThat(refusal(fixed, "{\"instances\":[[1,2]]}").code()).isEqualTo(FailureCode.UNSUPPORTED_REQUEST);
    }

    @Test
    void columnsOfOneNameAreSentToV2() {
        ModelSignature twice = Tables.signature(
                TensorSpec.of("a", DataType.FP32, -1),
                new TensorSpec("b", DataType.FP32, ShapePattern.of(-1, 1), List.of("a"), List.of(), false));

        assertThat(refusal(twice, "{\"instances\":[[1,2]]}").code()).isEqualTo(FailureCode.UNSUPPORTED_REQUEST);
    }
}
