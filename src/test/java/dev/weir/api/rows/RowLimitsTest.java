package dev.weir.api.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.api.JsonBodies;
import dev.weir.api.Limits;
import dev.weir.api.http.Body;
import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.ByteBudget;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.RequestMemory;
import dev.weir.inference.TensorSpec;
import dev.weir.inference.TextRule;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Memory is counted before it is taken, and a request can't ask for more of it than it may. */
class RowLimitsTest {

    private static final Limits SMALL = new Limits(8, 8, 12, 256);

    private static void assertRefused(ModelSignature signature, String body, Tables.Reading reading, FailureCode code) {
        assertThatThrownBy(() -> Tables.read(signature, body.getBytes(StandardCharsets.UTF_8), reading, SMALL))
                .isInstanceOfSatisfying(RequestRejected.class, e -> {
                    assertThat(e.code()).isEqualTo(code);
                    assertThat(e.limit()).isNotNull();
                });
    }

    @Test
    void aTensorHasOnlySoManyElements() {
        Tables.Reading json = Tables.json(OnRowError.REJECT);
        assertThat(Tables.read(
                                Tables.IRIS,
                                "{\"instances\":[[1,2,3,4],[1,2,3,4],[1,2,3,4]]}".getBytes(StandardCharsets.UTF_8),
                                json,
                                SMALL)
                        .rows())
                .isEqualTo(3);
        // Refused for their number before any of them is read.
        assertRefused(Tables.IRIS, "{\"instances\":[{},{},{},{}]}", json, FailureCode.LIMIT_EXCEEDED);
        assertRefused(Tables.IRIS, "{\"inputs\":{\"petal_width\":[1,2,3,4]}}", json, FailureCode.LIMIT_EXCEEDED);
        assertRefused(
                Tables.IRIS,
                "1,2,3,4\n\n\n\n",
                Tables.csv(OnRowError.REJECT, CsvHeader.ABSENT),
                FailureCode.LIMIT_EXCEEDED);
        assertRefused(
                Tables.OPEN,
                "{\"instances\":[[[1,2],[1,2],[1,2]],[[1,2],[1,2],[1,2]],[]]}",
                json,
                FailureCode.LIMIT_EXCEEDED);
    }

    @Test
    void aRowTooLargeDoesNotFixTheShapeOfTheOthers() {
        Tables.Table table = Tables.read(
                Tables.OPEN,
                "{\"instances\":[[[1,2],[1,2],[1,2],[1,2]],[[3,4]]]}".getBytes(StandardCharsets.UTF_8),
                Tables.json(OnRowError.REPORT),
                SMALL);

        assertThat(table.shapes()).containsEntry("series", "[1, 1, 2]");
        assertThat(table.values("series")).containsExactly(3L, 4L);
    }

    @Test
    void aTextIsOnlySoLong() {
        ModelSignature texts = Tables.scalar(DataType.BYTES, false);
        assertRefused(texts, "{\"instances\":[\"ééééé\"]}", Tables.json(OnRowError.REJECT), FailureCode.LIMIT_EXCEEDED);
        assertRefused(texts, "ééééé", Tables.csv(OnRowError.REJECT, CsvHeader.ABSENT), FailureCode.LIMIT_EXCEEDED);
        assertThatThrownBy(() -> Tables.read(
                        texts,
                        "x".repeat(2000).getBytes(StandardCharsets.UTF_8),
                        Tables.csv(OnRowError.REPORT, CsvHeader.ABSENT),
                        SMALL))
                .isInstanceOfSatisfying(
                        RequestRejected.class, e -> assertThat(e.code()).isEqualTo(FailureCode.LIMIT_EXCEEDED));
    }

    @Test
    void onlySoManyBadRowsAreReported() {
        String good = "[1,2,3,4]";
        int most = Limits.DEFAULT.maxRowErrors();

        assertThat(Tables.report(Tables.IRIS, "{\"instances\":[" + good + ",7".repeat(most) + "]}")
                        .errors())
                .hasSize(most);
        RequestRejected refused = Tables.refusal(
                Tables.IRIS, "{\"instances\":[" + good + ",7".repeat(most + 1) + "]}", Tables.json(OnRowError.REPORT));
        assertThat(refused.code()).isEqualTo(FailureCode.LIMIT_EXCEEDED);
        assertThat(refused.field()).isEqualTo("instances[" + (most + 1) + "]");
        assertThat(refused.limit()).isEqualTo(most);
    }

    @Test
    void memoryIsTakenOnceAndCounted() {
        ByteBudget budget = new ByteBudget(1 << 20);
        byte[] body = "{\"instances\":[[1,2,3,4],[1,2,3,4],[1,2,3,4]]}".getBytes(StandardCharsets.UTF_8);
        try (RequestMemory memory = new RequestMemory(budget)) {
            decode(Tables.IRIS, body, memory);
            assertThat(budget.reserved()).isEqualTo(3 * 4 * Float.BYTES);
        }
        assertThat(budget.reserved()).isZero();
    }

    @Test
    void whatDoesNotFitTheBudgetIsAnOverload() {
        ByteBudget budget = new ByteBudget(47);
        byte[] body = "{\"instances\":[[1,2,3,4],[1,2,3,4],[1,2,3,4]]}".getBytes(StandardCharsets.UTF_8);
        RequestMemory memory = new RequestMemory(budget);

        assertThatThrownBy(() -> decode(Tables.IRIS, body, memory)).isInstanceOf(Overloaded.class);

        memory.close();
        assertThat(budget.reserved()).isZero();
    }

    @Test
    void textsAreCountedWithWhatHoldsThem() {
        ByteBudget budget = new ByteBudget(1 << 20);
        byte[] body = "{\"instances\":[\"abc\",\"\"]}".getBytes(StandardCharsets.UTF_8);
        try (RequestMemory memory = new RequestMemory(budget)) {
            decode(Tables.scalar(DataType.BYTES, false), body, memory);
            assertThat(budget.reserved()).isGreaterThan(3 + 2 * 16);
        }
        assertThat(budget.reserved()).isZero();
    }

    private static void decode(ModelSignature signature, byte[] body, RequestMemory memory) {
        new RowsDecoder(new JsonBodies(Limits.DEFAULT), Limits.DEFAULT)
                .json(
                        new Body(body, 0, body.length),
                        RowLayout.of(signature, TextRule.ANY),
                        memory,
                        OnRowError.REJECT,
                        Tables.V1);
    }

    @Test
    void aFixedBatchIsCheckedToo() {
        ModelSignature two = Tables.signature(TensorSpec.of("x", DataType.FP32, 2));

        assertThat(Tables.read(two, "{\"instances\":[1,2]}").rows()).isEqualTo(2);
        assertThat(Tables.refusal(two, "{\"instances\":[1,2,3]}").code()).isEqualTo(FailureCode.WRONG_SHAPE);
    }

    @Test
    void manyFeaturesAreNotAllListed() {
        TensorSpec[] inputs = new TensorSpec[20];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = TensorSpec.of("f" + i, DataType.FP32, -1);
        }

        assertThat(Tables.refusal(Tables.signature(inputs), "{\"instances\":[{\"x\":1}]}")
                        .publicMessage())
                .endsWith("it takes f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11 and 8 more");
        assertThat(Tables.refusal(Tables.signature(inputs), "{\"instances\":[{}]}")
                        .publicMessage())
                .endsWith("features 'f0', 'f1', 'f2', 'f3', 'f4' and 15 more are missing");
    }
}
