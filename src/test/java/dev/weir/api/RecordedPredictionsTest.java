package dev.weir.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import dev.weir.api.grpc.RecordedCall;
import dev.weir.fixture.Tensors;
import dev.weir.inference.PredictionId;
import dev.weir.inference.Settlement;
import dev.weir.predictionlog.LogReader;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.StoredEntry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is on record of predictions that came over real HTTP and gRPC. */
@QuarkusTest
class RecordedPredictionsTest {

    private static final String ROW = "[5.1,3.5,1.4,0.2]";
    private static final String V1 = "/v1/models/iris:predict";

    @TestHTTPResource
    URI server;

    @Inject
    LogReader reader;

    private PredictionRecord record(Response answer) {
        return record(answer.header("Weir-Prediction-Id"));
    }

    private PredictionRecord record(String id) {
        PredictionId of = new PredictionId(UUID.fromString(id));
        StoredEntry stored = Awaitility.await().until(() -> reader.find(of), found -> found != null);
        assertThat(stored.acknowledged()).isTrue();
        return (PredictionRecord) stored.entry();
    }

    @Test
    void shouldRecordWhatWasAskedAndAnswered() {
        Response answer = given().header("X-Request-Id", "req-" + UUID.randomUUID())
                .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
                .body("{\"instances\":[" + ROW + "]}")
                .post(V1);

        PredictionRecord record = record(answer);

        assertThat(record.requestId().value()).isEqualTo(answer.header("X-Request-Id"));
        assertThat(record.context().deployment()).isEqualTo("iris");
        assertThat(record.context().version().toString()).isEqualTo("iris/1");
        assertThat(record.context().runtime()).startsWith("onnxruntime");
        assertThat(record.traceId()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
        assertThat(record.result()).isEqualTo(Settlement.Result.OK);
        assertThat(record.timing().computeNanos()).isPositive();
        assertThat(Tensors.floats(record.payload().inputs().unpack().tensors().getFirst()))
                .containsExactly(5.1f, 3.5f, 1.4f, 0.2f);
        assertThat(record.payload().outputs().unpack().tensors())
                .extracting(tensor -> tensor.name())
                .contains("label", "probabilities");
    }

    @Test
    void shouldFindARequestByItsId() {
        String id = "req-" + UUID.randomUUID();
        given().header("X-Request-Id", id).body("{\"instances\":[" + ROW + "]}").post(V1);

        List<StoredEntry> found = Awaitility.await().until(() -> reader.byRequest(id, 10), each -> !each.isEmpty());

        assertThat(found).hasSize(1);
    }

    @Test
    void shouldRecordTheCallersIdsOfRowsInTheBody() {
        String order = "order-" + UUID.randomUUID();
        Response answer = given().body(
                        "{\"instances\":[" + ROW + "," + ROW + "],\"inference_ids\":[\"" + order + "\",\"b\"]}")
                .post(V1);

        assertThat(record(answer).inferenceIds()).containsExactly(order, "b");
        assertThat(reader.byInferenceId(order, 10)).hasSize(1);
    }

    @Test
    void shouldRecordTheIdsOfTheRowsThatWereNotLeftOut() {
        Response answer = given().header("Weir-On-Row-Error", "report")
                .body("{\"instances\":[" + ROW + ",[1]," + ROW + "],\"inference_ids\":[\"a\",\"b\",\"c\"]}")
                .post(V1);

        assertThat(record(answer).inferenceIds()).containsExactly("a", "c");
    }

    @ParameterizedTest
    @CsvSource({"Weir-Inference-Id, a", "X-Amzn-SageMaker-Inference-Id, b"})
    void shouldRecordIdsThatHeadersTell(String header, String id) {
        Response answer =
                given().header(header, id).body("{\"instances\":[" + ROW + "]}").post(V1);

        assertThat(record(answer).inferenceIds()).containsExactly(id);
    }

    @Test
    void shouldRecordIdsThatAParameterOfV2Tells() {
        Response answer = given().body(
                        "{\"parameters\":{\"inference_id\":\"a,b\"},\"inputs\":[{\"name\":\"features\",\"shape\":[2,4],"
                                + "\"datatype\":\"FP32\",\"data\":[" + ROW + "," + ROW + "]}]}")
                .post("/v2/models/iris/infer");

        assertThat(record(answer).inferenceIds()).containsExactly("a", "b");
        assertThat(record(answer).rows()).isEqualTo(2);
    }

    @Test
    void shouldRecordIdsThatMetadataOfGrpcTell() {
        String id = RecordedCall.predictIris(server, "weir-inference-id", "order-9");

        assertThat(record(id).inferenceIds()).containsExactly("order-9");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[\"a\"] | INVALID_FIELD | inference_ids",
                "[\"a\",\"b\",\"c\"] | INVALID_FIELD | inference_ids",
                "[\"a\",1] | INVALID_FIELD | inference_ids[1]",
                "[\"a\",\"b c\"] | INVALID_ID | inference_ids[1]",
                "\"a\" | INVALID_FIELD | inference_ids",
            })
    void shouldRefuseIdsThatAreNone(String ids, String code, String field) {
        given().body("{\"instances\":[" + ROW + "," + ROW + "],\"inference_ids\":" + ids + "}")
                .post(V1)
                .then()
                .statusCode(400)
                .body("code", equalTo(code))
                .body("field", equalTo(field));
    }
}
