package dev.weir.api.rows;

import static dev.weir.api.rows.Tables.IMAGE;
import static dev.weir.api.rows.Tables.IRIS;
import static dev.weir.api.rows.Tables.MIXED;
import static dev.weir.api.rows.Tables.OPEN;
import static dev.weir.api.rows.Tables.csv;
import static dev.weir.api.rows.Tables.lines;
import static dev.weir.api.rows.Tables.read;
import static dev.weir.api.rows.Tables.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinesAndCsvTest {

    private static final Tables.Reading LINES = lines(OnRowError.REJECT);
    private static final Tables.Reading CSV = csv(OnRowError.REJECT, CsvHeader.GUESSED);
    private static final Tables.Reading HEADED = csv(OnRowError.REJECT, CsvHeader.PRESENT);
    private static final Tables.Reading BARE = csv(OnRowError.REJECT, CsvHeader.ABSENT);
    private static final String NAMES = "sepal_length,sepal_width,petal_length,petal_width";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[1,2,3,4]\n{\"features\":[5,6,7,8]}",
                "[1,2,3,4]\r\n\r\n{\"features\":[5,6,7,8]}\r\n",
                "\n [1,2,\n3,4]\n\n\n{\"features\":[5,6,7,8]}\n\n",
            })
    void aLineIsARow(String body) {
        assertThat(read(IRIS, body, LINES).values("features")).containsExactly(1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f);
    }

    @Test
    void aLineMayBeABareValue() {
        assertThat(read(Tables.scalar(DataType.INT32, false), "1\n2\n3", LINES).values("x"))
                .containsExactly(1L, 2L, 3L);
        assertThat(read(Tables.scalar(DataType.BYTES, false), "\"a\"\n\"b\"", LINES)
                        .values("x"))
                .containsExactly("a", "b");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[1,2,3,4][1,2,3,4] | MALFORMED_BODY",
                "[1,2,3,4] [1,2,3,4] | MALFORMED_BODY",
                "[1,2,3,4],[1,2,3,4] | MALFORMED_JSON",
                "[1,2,3,4 | MALFORMED_JSON",
                "'' | MALFORMED_JSON",
            })
    void brokenLinesAreRefused(String body, FailureCode code) {
        assertThat(refusal(IRIS, body, LINES).code()).isEqualTo(code);
    }

    @Test
    void blankLinesAreNoRows() {
        assertThat(refusal(IRIS, "\n \n", LINES).code()).isEqualTo(FailureCode.EMPTY_BATCH);
        assertThat(refusal(IRIS, "\n\n", CSV).code()).isEqualTo(FailureCode.EMPTY_BATCH);
        assertThat(refusal(IRIS, "", CSV).code()).isEqualTo(FailureCode.EMPTY_BATCH);
        assertThat(refusal(IRIS, NAMES, CSV).code()).isEqualTo(FailureCode.EMPTY_BATCH);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1,2,3,4\n5,6,7,8",
                "1,2,3,4\r\n5,6,7,8\r\n",
                "1,2,3,4\n5,6,7,8\n\n\n",
                "1,2,3,4\r5,6,7,8\r",
                " 1, 2 ,3,4\n\"5\",\"6\",7,8\n",
                NAMES + "\n1,2,3,4\n5,6,7,8\n",
                "\"sepal_length\",\"sepal_width\",petal_length,petal_width\r\n1,2,3,4\r\n5,6,7,8",
                "petal_width,sepal_length,sepal_width,petal_length\n4,1,2,3\n8,5,6,7\n",
                "\uFEFF" + NAMES + "\n1,2,3,4\n5,6,7,8\n",
            })
    void csvIsReadByNameOrByPosition(String body) {
        assertThat(read(IRIS, body, CSV).values("features")).containsExactly(1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f);
    }

    @Test
    void csvHoldsTextsWithSeparators() {
        String body = "island,bill,mass,wild\n\"a,\"\"b\"\"\r\nc\",,3,True\n\"\",1.5,4,FALSE\n";

        Tables.Table table = read(MIXED, body, CSV);

        assertThat(table.values("island")).containsExactly("a,\"b\"\r\nc", "");
        assertThat(table.values("bill")).containsExactly(Float.NaN, 1.5f);
        assertThat(table.values("wild")).containsExactly(true, false);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                ",1,2,true | MISSING_FEATURE | rows[0].island",
                "a,1,,true | MISSING_FEATURE | rows[0].mass",
                "a,1,2, | MISSING_FEATURE | rows[0].wild",
                "a,1,2 | WRONG_SHAPE | rows[0]",
                "a,1,2,true, | WRONG_SHAPE | rows[0]",
            })
    void anEmptyCellIsMissing(String body, FailureCode code, String field) {
        RequestRejected refused = refusal(MIXED, body, CSV);

        assertThat(refused.code()).isEqualTo(code);
        assertThat(refused.field()).isEqualTo(field);
        assertThat(refused.publicMessage()).startsWith("row 0: line 1: ");
    }

    @Test
    void linesAreCountedAcrossQuotedBreaksAndBlankLines() {
        String body = "island,bill,mass,wild\n\"a\n\nb\",1,2,true\n\nc,1,2,true\n";

        RequestRejected refused = refusal(MIXED, body, CSV);

        assertThat(refused.publicMessage()).isEqualTo("row 1: line 5: the row has 1 cells, not 4");
    }

    @Test
    void blankLinesWithinASingleColumnAreMissingValues() {
        assertThat(read(Tables.scalar(DataType.FP32, true), "1\n\n\n2\n\n", CSV).values("x"))
                .containsExactly(1f, Float.NaN, Float.NaN, 2f);
        RequestRejected refused = refusal(Tables.scalar(DataType.FP32, false), "1\n\n\n2", CSV);
        assertThat(refused.publicMessage()).startsWith("row 1: line 2: feature 'x' has no value");
        Tables.Table table =
                read(Tables.scalar(DataType.FP32, false), "1\n\n\n2\nx\n3\n", csv(OnRowError.REPORT, CsvHeader.ABSENT));
        assertThat(table.values("x")).containsExactly(1f, 2f, 3f);
        assertThat(table.errors()).extracting(RowError::row).containsExactly(1, 2, 4);
        assertThat(table.errors().get(2).why().publicMessage()).startsWith("line 5: ");
    }

    @Test
    void aHeaderIsGuessedOnlyIfItNamesEveryColumn() {
        RequestRejected refused = refusal(IRIS, "sepal_length,sepal_width,petal_length,width\n1,2,3,4", CSV);

        assertThat(refused.field()).isEqualTo("rows[0].sepal_length");
        assertThat(refused.publicMessage()).isEqualTo("row 0: line 1: feature 'sepal_length' must be a number");
    }

    @Test
    void aTextColumnsOwnNameIsAHeaderUnlessSaidOtherwise() {
        var texts = Tables.scalar(DataType.BYTES, false);

        assertThat(read(texts, "x\na", CSV).values("x")).containsExactly("a");
        assertThat(read(texts, "x\na", BARE).values("x")).containsExactly("x", "a");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sepal_length,sepal_width,petal_length,width | UNKNOWN_FEATURE | header.width",
                "sepal_length,sepal_width,petal_length | MISSING_FEATURE | header.petal_width",
                "sepal_length,sepal_width,petal_length,petal_length | DUPLICATE_INPUT | header.petal_length",
                "sepal_length,sepal_width,petal_length,petal_width,petal_width,x,y | DUPLICATE_INPUT"
                        + " | header.petal_width",
                "features | UNKNOWN_FEATURE | header.features",
                ",a | UNKNOWN_FEATURE | header",
                "1,2,3,4 | UNKNOWN_FEATURE | header.1",
            })
    void aHeaderThatIsSaidToBeThereMustBeRight(String header, FailureCode code, String field) {
        RequestRejected refused = refusal(IRIS, header + "\n1,2,3,4\n", HEADED);

        assertThat(refused.code()).isEqualTo(code);
        assertThat(refused.field()).isEqualTo(field);
    }

    @Test
    void aShapedInputStandsElementByElement() {
        Tables.Table table = read(IMAGE, "1,2,3,4,5,6\n7,8,9,10,11,12", CSV);

        assertThat(table.shapes()).containsEntry("image", "[2, 2, 3]");
        assertThat(table.values("image")).startsWith(1f, 2f, 3f).endsWith(11f, 12f);
        assertThat(refusal(IMAGE, "1,2,3,4,5,x", CSV).field()).isEqualTo("rows[0].image[5]");
        assertThat(refusal(IMAGE, "image\n1,2", HEADED).code()).isEqualTo(FailureCode.UNSUPPORTED_REQUEST);
        assertThat(refusal(OPEN, "1,2", CSV).code()).isEqualTo(FailureCode.UNSUPPORTED_REQUEST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"a,1,2,true", "\"a\"b,1,2,true", "a,1,2,true\n\"b"})
    void brokenCsvIsRefused(String body) {
        RequestRejected refused = refusal(MIXED, body, CSV);

        assertThat(refused.code()).isEqualTo(FailureCode.MALFORMED_BODY);
        assertThat(refused.publicMessage()).contains("line ");
    }

    @Test
    void textThatLooksLikeAnotherEncodingIsStillUtf8() {
        assertThat(refusal(MIXED, "a\0b,1,2,true,x", CSV).code()).isEqualTo(FailureCode.WRONG_SHAPE);
        assertThat(read(MIXED, "a\0b,1,2,true", CSV).values("island")).containsExactly("a\0b");
    }
}
