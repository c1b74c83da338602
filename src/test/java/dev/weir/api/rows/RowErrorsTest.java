package dev.weir.api.rows;

import static dev.weir.api.rows.Tables.IMAGE;
import static dev.weir.api.rows.Tables.IRIS;
import static dev.weir.api.rows.Tables.MIXED;
import static dev.weir.api.rows.Tables.OPEN;
import static dev.weir.api.rows.Tables.csv;
import static dev.weir.api.rows.Tables.lines;
import static dev.weir.api.rows.Tables.read;
import static dev.weir.api.rows.Tables.refusal;
import static dev.weir.api.rows.Tables.report;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.TextRule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RowErrorsTest {

    private static final String GOOD = "{\"sepal_length\":1,\"sepal_width\":2,\"petal_length\":3,\"petal_width\":4}";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'sepal_length':1,'sepal_width':2,'petal_length':3} | MISSING_FEATURE | instances[1].petal_width"
                        + " | row 1: feature 'petal_width' is missing",
                "{'petal_length':3} | MISSING_FEATURE | instances[1].sepal_length"
                        + " | row 1: features 'sepal_length', 'sepal_width', 'petal_width' are missing",
                "{'sepal_length':1,'petal_widht':2} | UNKNOWN_FEATURE | instances[1].petal_widht"
                        + " | row 1: the model has no feature 'petal_widht'; it takes sepal_length, sepal_width,"
                        + " petal_length, petal_width",
                "{'sepal_length':'x'} | INVALID_FIELD | instances[1].sepal_length"
                        + " | row 1: feature 'sepal_length' must be a number, not a string",
                "{'features':[1,2,3,4],'petal_width':1} | DUPLICATE_INPUT | instances[1].petal_width"
                        + " | row 1: feature 'petal_width' is given twice",
                "{'features':[1,2,3]} | WRONG_SHAPE | instances[1].features"
                        + " | row 1: feature 'features' must be nested exactly as shape [4] is",
                "{'features':[1,2,'x',3]} | INVALID_FIELD | instances[1].features[2]"
                        + " | row 1: element [2] of 'features' must be a number, not a string",
                "[1,2,3] | MISSING_FEATURE | instances[1].petal_width | row 1: feature 'petal_width' is missing",
                "[1,2,3,4,5] | WRONG_SHAPE | instances[1] | row 1: the row has more than its 4 values",
                "[1,2,null,4] | MISSING_FEATURE | instances[1].petal_length"
                        + " | row 1: feature 'petal_length' has no value, and the model takes no missing values",
                "[1,2,[3],4] | INVALID_FIELD | instances[1].petal_length"
                        + " | row 1: feature 'petal_length' must be a number, not an array",
                "7 | INVALID_FIELD | instances[1]"
                        + " | row 1: a row must be an object keyed by feature, or an array of values",
                "[1,2,3,1e40] | VALUE_OUT_OF_RANGE | instances[1].petal_width"
                        + " | row 1: feature 'petal_width' does not fit FP32 without loss",
                "[1,2,3,'NaN'] | NON_FINITE_VALUE | instances[1].petal_width"
                        + " | row 1: feature 'petal_width' must be neither NaN nor infinite",
            })
    void aBadRowIsNamedAndRefusesAll(String row, FailureCode code, String field, String message) {
        String json = row.replace('\'', '"');
        String body = "{\"instances\":[" + GOOD + "," + json + "," + GOOD + "]}";
        RequestRejected refused = refusal(IRIS, body);

        assertThat(refused.code()).isEqualTo(code);
        assertThat(refused.field()).isEqualTo(field);
        assertThat(refused.publicMessage()).isEqualTo(message);

        Tables.Table table = report(IRIS, body);
        assertThat(table.rows()).isEqualTo(2);
        assertThat(table.values("features")).containsExactly(1f, 2f, 3f, 4f, 1f, 2f, 3f, 4f);
        assertThat(table.errors()).singleElement().satisfies(error -> {
            assertThat(error.row()).isEqualTo(1);
            assertThat(error.why().code()).isEqualTo(code);
            assertThat(error.why().field()).isEqualTo(field);
            assertThat("row 1: " + error.why().publicMessage()).isEqualTo(message);
        });
    }

    @Test
    void aTextThatTheRuntimeWouldGarbleIsABadRow() {
        Tables.Reading reporting = (decoder, body, layout, memory) -> decoder.json(
                body, RowLayout.of(layout.signature(), TextRule.BASIC_PLANE), memory, OnRowError.REPORT, Tables.ALL);

        Tables.Table table =
                read(Tables.scalar(DataType.BYTES, false), "{\"instances\":[\"a\",\"\ud83d\udc27\"]}", reporting);

        assertThat(table.rows()).isOne();
        assertThat(table.errors()).singleElement().satisfies(error -> {
            assertThat(error.row()).isOne();
            assertThat(error.why().code()).isEqualTo(FailureCode.UNSUPPORTED_VALUE);
            assertThat(error.why().field()).isEqualTo("instances[1].x");
        });
    }

    @Test
    void elementsOfArraysAreNamedByTheirIndices() {
        RequestRejected refused = refusal(IMAGE, "{\"instances\":[[[1,2,3],[4,\"x\",6]]]}");

        assertThat(refused.field()).isEqualTo("instances[0].image[1][1]");
        assertThat(refused.publicMessage())
                .isEqualTo("row 0: element [1][1] of 'image' must be a number, not a string");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[[1,2,3]]",
                "[[1,2,3],[4,5,6],[7,8,9]]",
                "[[1,2,3],[4,5]]",
                "[[1,2,3],[4,5,6,7]]",
                "[[1,2,3],4]",
                "[1,2,3,4,5,6]",
                "[[[1],[2],[3]],[[4],[5],[6]]]",
                "7",
                "{\"image\":[]}",
            })
    void arraysAreNestedExactly(String row) {
        RequestRejected refused = refusal(IMAGE, "{\"instances\":[[[1,2,3],[4,5,6]]," + row + "]}");

        assertThat(refused.code()).isIn(FailureCode.WRONG_SHAPE, FailureCode.INVALID_FIELD);
        assertThat(refused.field()).startsWith("instances[1].image");
    }

    @Test
    void aHostileNameIsShortenedAndCleaned() {
        RequestRejected refused = refusal(IRIS, "{\"instances\":[{\"" + "x".repeat(200) + "\":1}]}");
        assertThat(refused.field()).isEqualTo("instances[0]." + "x".repeat(64));

        refused = refusal(IRIS, "{\"instances\":[{\"a\\r\\n\\u202e\\ud83d\\u0000 é\\ud83d\\ude00b\":1}]}");
        assertThat(refused.field()).isEqualTo("instances[0].a????? é\ud83d\ude00b");
    }

    @Test
    void badRowsOfColumnsAreNamedByColumnAndRow() {
        String body = "{\"inputs\":{\"island\":[\"a\",1,\"c\",\"d\"],\"bill\":[1,\"x\",3,4],\"mass\":[1,2,1.5,4],"
                + "\"wild\":[true,true,true,false]}}";
        RequestRejected refused = refusal(MIXED, body);
        assertThat(refused.field()).isEqualTo("inputs.island[1]");
        assertThat(refused.publicMessage()).isEqualTo("row 1: feature 'island' must be a string, not a number");

        Tables.Table table = report(MIXED, body);
        assertThat(table.values("island")).containsExactly("a", "d");
        assertThat(table.values("bill")).containsExactly(1f, 4f);
        assertThat(table.values("mass")).containsExactly(1L, 4L);
        assertThat(table.values("wild")).containsExactly(true, false);
        assertThat(table.errors()).extracting(RowError::row).containsExactly(1, 2);
        assertThat(table.errors())
                .extracting(error -> error.why().field())
                .containsExactly("inputs.island[1]", "inputs.mass[2]");
    }

    @Test
    void badElementsOfATensorGivenByColumnsAreNamed() {
        RequestRejected refused = refusal(IMAGE, "{\"inputs\":{\"image\":[[[1,2,3],[4,5,6]],[[1,2,3],[4,5,true]]]}}");

        assertThat(refused.field()).isEqualTo("inputs.image[1][1][2]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'sepal_length':[1,2],'sepal_width':[1]} | WRONG_SHAPE | inputs.sepal_width",
                "{'sepal_length':[1,2],'sepal_width':[1,2,3]} | WRONG_SHAPE | inputs.sepal_width",
                "{'sepal_length':[1],'length':[1]} | UNKNOWN_FEATURE | inputs.length",
                "{'sepal_length':[1]} | MISSING_FEATURE | inputs.sepal_width",
                "{'sepal_length':5} | INVALID_FIELD | inputs.sepal_length",
                "{'features':[[1,2,3,4]],'sepal_width':[1]} | DUPLICATE_INPUT | inputs.sepal_width",
                "{} | MISSING_FEATURE | inputs.sepal_length",
                "7 | INVALID_FIELD | inputs",
            })
    void wrongColumnsRefuseAllEvenWhereRowsAreReported(String columns, FailureCode code, String field) {
        String body = "{\"inputs\":" + columns.replace('\'', '"') + "}";

        for (OnRowError onRowError : OnRowError.values()) {
            RequestRejected refused = refusal(IRIS, body, Tables.json(onRowError));
            assertThat(refused.code()).isEqualTo(code);
            assertThat(refused.field()).isEqualTo(field);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'columns':['sepal_length','wrong'],'data':[] | UNKNOWN_FEATURE | dataframe_split.columns.wrong",
                "'columns':['sepal_length'],'data':[[1]] | MISSING_FEATURE | dataframe_split.columns.sepal_width",
                "'columns':['sepal_length','sepal_length'],'data':[] | DUPLICATE_INPUT"
                        + " | dataframe_split.columns.sepal_length",
                "'columns':[0,1,2],'data':[[1,2,3]] | MISSING_FEATURE | dataframe_split.columns.petal_width",
                "'columns':[1,0,2,3],'data':[] | UNKNOWN_FEATURE | dataframe_split.columns.1",
                "'columns':[true],'data':[] | INVALID_FIELD | dataframe_split.columns",
                "'columns':'x','data':[] | INVALID_FIELD | dataframe_split.columns",
                "'data':{} | INVALID_FIELD | dataframe_split.data",
                "'data':[[1,2,3]] | MISSING_FEATURE | dataframe_split.data[0].petal_width",
                "'data':[5] | INVALID_FIELD | dataframe_split.data[0]",
            })
    void aSplitFrameNamesItsColumns(String frame, FailureCode code, String field) {
        RequestRejected refused = refusal(IRIS, "{\"dataframe_split\":{" + frame.replace('\'', '"') + "}}");

        assertThat(refused.code()).isEqualTo(code);
        assertThat(refused.field()).isEqualTo(field);
    }

    @Test
    void brokenJsonRefusesAllEvenWhereRowsAreReported() {
        for (String body : new String[] {
            "{\"instances\":[[1,2,3,4],[1,2,3,]]}",
            "{\"instances\":[[\"x\",2,3,4],[1,2,3,4]",
            "{\"instances\":[{\"a\":[{\"b\":tru}]},[1,2,3,4]]}",
        }) {
            assertThat(refusal(IRIS, body, Tables.json(OnRowError.REPORT)).code())
                    .isEqualTo(FailureCode.MALFORMED_JSON);
        }
        assertThat(refusal(
                                IRIS,
                                "{\"instances\":[{\"petal_width\":1,\"petal_width\":1}]}",
                                Tables.json(OnRowError.REPORT))
                        .code())
                .isEqualTo(FailureCode.DUPLICATE_KEY);
    }

    @Test
    void whenNoRowIsGoodTheFirstIsTheReason() {
        RequestRejected refused =
                refusal(IRIS, "{\"instances\":[[1,2,3],{\"a\":{\"b\":[1]}}]}", Tables.json(OnRowError.REPORT));

        assertThat(refused.code()).isEqualTo(FailureCode.MISSING_FEATURE);
        assertThat(refused.field()).isEqualTo("instances[0].petal_width");
        assertThat(refused.publicMessage()).startsWith("row 0: ");
    }

    @Test
    void aBadRowIsSkippedHoweverDeepItIs() {
        Tables.Table table = report(
                IRIS,
                "{\"instances\":[{\"a\":{\"b\":[[{\"c\":1}],2]},\"sepal_length\":1},[1,2,[[[3]]],4],[1,2,3,4],"
                        + "{\"sepal_length\":{\"x\":[]}}]}");

        assertThat(table.values("features")).containsExactly(1f, 2f, 3f, 4f);
        assertThat(table.errors()).extracting(RowError::row).containsExactly(0, 1, 3);
    }

    @Test
    void aBadRowDoesNotFixAnOpenShape() {
        Tables.Table table = report(OPEN, "{\"instances\":[[[1,2],[3,\"x\"],[1,1]],[[1,2]],[[3,4],[5,6]],[[5,6]]]}");

        assertThat(table.shapes()).containsEntry("series", "[2, 1, 2]");
        assertThat(table.values("series")).containsExactly(1L, 2L, 5L, 6L);
        assertThat(table.errors()).extracting(RowError::row).containsExactly(0, 2);
    }

    @Test
    void badLinesAreReportedWithTheirRow() {
        String body = "{\"features\":[1,2,3,4]}\n[1,2]\n[5,6,7,8]\n";
        assertThat(refusal(IRIS, body, lines(OnRowError.REJECT)).field()).isEqualTo("rows[1].petal_length");

        Tables.Table table = read(IRIS, body, lines(OnRowError.REPORT));
        assertThat(table.values("features")).containsExactly(1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f);
        assertThat(table.errors()).extracting(RowError::row).containsExactly(1);
    }

    @Test
    void badCellsAreReportedWithRowAndLine() {
        String body = "sepal_width,sepal_length,petal_length,petal_width\n1,2,3,4\n1,2,3\n1,x,3,4\n5,6,7,8\n";
        RequestRejected refused = refusal(IRIS, body, csv(OnRowError.REJECT, CsvHeader.GUESSED));
        assertThat(refused.code()).isEqualTo(FailureCode.WRONG_SHAPE);
        assertThat(refused.field()).isEqualTo("rows[1]");
        assertThat(refused.publicMessage()).isEqualTo("row 1: line 3: the row has 3 cells, not 4");

        Tables.Table table = read(IRIS, body, csv(OnRowError.REPORT, CsvHeader.GUESSED));
        assertThat(table.values("features")).containsExactly(2f, 1f, 3f, 4f, 6f, 5f, 7f, 8f);
        assertThat(table.errors()).extracting(RowError::row).containsExactly(1, 2);
        assertThat(table.errors().get(1).why().publicMessage())
                .isEqualTo("line 4: feature 'sepal_length' must be a number");
        assertThat(table.errors().get(1).why().field()).isEqualTo("rows[2].sepal_length");
    }
}
