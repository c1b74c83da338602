package dev.weir.api.audit;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.nullValue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.fixture.RecordSchema;
import dev.weir.fixture.Records;
import dev.weir.fixture.ServedLog;
import dev.weir.predictionlog.PredictionRecord;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every test reports on a prediction of its own, because outcomes are for good. */
@QuarkusTest
@TestProfile(ReadServer.class)
class OutcomeApiTest {

    private static final String OUTCOMES = "/api/v1/outcomes";
    private static final AtomicInteger NUMBERS = new AtomicInteger(5_000);

    @Inject
    ServedLog log;

    private PredictionRecord record;
    private String id;

    @BeforeEach
    void recordOne() {
        int number = NUMBERS.incrementAndGet();
        record = Records.draft(number)
                .started(Instant.now())
                .caller("somebody")
                .inferenceIds("order-" + number)
                .build();
        id = record.id().toString();
        log.add(record);
    }

    private static ValidatableResponse one(String json) {
        return given().contentType(ContentType.JSON).body(json).post(OUTCOMES).then();
    }

    private static ValidatableResponse lines(String... lines) {
        return given().contentType("application/x-ndjson")
                .body(String.join("\n", lines).getBytes(StandardCharsets.UTF_8))
                .post(OUTCOMES)
                .then();
    }

    private String report(String value) {
        return "{\"prediction_id\":\"" + id + "\",\"value\":" + value + "}";
    }

    @Test
    void shouldTakeOneAndShowItWithItsPrediction() throws IOException {
        one("{\"prediction_id\":\"" + id + "\",\"value\":{\"b\":2,\"a\":[1,null]},\"source\":\"shop\","
                        + "\"observed_at\":\"2026-01-02T03:04:05+01:00\"}")
                .statusCode(200)
                .body("counts.accepted", equalTo(1))
                .body("results[0].result", equalTo("accepted"))
                .body("results[0].revision", equalTo(1))
                .body("results[0].matched", equalTo(true));

        JsonNode document = new ObjectMapper()
                .readTree(given().get("/api/v1/predictions/" + id + "?outcomes=true")
                        .asByteArray());
        Assertions.assertThat(RecordSchema.read().violations(document)).isEmpty();
        Assertions.assertThat(document.at("/outcomes/0/value").toString()).isEqualTo("{\"a\":[1,null],\"b\":2}");
        Assertions.assertThat(document.at("/outcomes/0/observed_at").asText()).isEqualTo("2026-01-02T02:04:05.000000Z");
        Assertions.assertThat(document.at("/outcomes/0/reporter").asText()).isEqualTo("anybody");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "1.50", "\"gekauft für 3 €\"", "true", "null", "{}", "-1e-9"})
    void shouldTakeAnyScalarOrObjectAsItIs(String value) {
        one(report(value)).statusCode(200);

        Assertions.assertThat(
                        given().get("/api/v1/predictions/" + id + "/outcomes").asString())
                .contains("\"value\":" + value + ",");
    }

    @Test
    void shouldKnowEqualObjectsWhateverTheOrderOfTheirMembers() {
        one(report("{\"a\":1,\"b\":2}")).statusCode(200);

        one(report("{\"b\": 2, \"a\": 1}")).statusCode(200).body("results[0].result", equalTo("duplicate"));
    }

    @Test
    void shouldJoinByInferenceId() {
        String inference = record.inferenceIds().getFirst();
        one("{\"inference_id\":\"" + inference + "\",\"value\":7}").statusCode(200);

        given().get("/api/v1/predictions/" + id + ":0/outcomes")
                .then()
                .statusCode(200)
                .body("prediction_id", equalTo(id))
                .body("outcomes.value", contains(7))
                .body("outcomes[0].inference_id", equalTo(inference));
    }

    @Test
    void shouldShowOnlyWhatIsAboutTheRow() {
        PredictionRecord pair = Records.draft(NUMBERS.incrementAndGet())
                .started(Instant.now())
                .rows(2)
                .build();
        log.add(pair);
        lines(
                        "{\"prediction_id\":\"" + pair.id() + ":0\",\"value\":\"a\"}",
                        "{\"prediction_id\":\"" + pair.id() + ":1\",\"value\":\"b\"}")
                .statusCode(200)
                .body("counts.accepted", equalTo(2));

        given().get("/api/v1/predictions/" + pair.id() + ":1/outcomes").then().body("outcomes.value", contains("b"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | MISSING_FIELD | value",
                "{\"value\":1} | MISSING_FIELD | prediction_id",
                "[] | INVALID_FIELD | body",
                "x | MALFORMED_JSON | body",
                "{\"prediction_id\":\"x\",\"value\":1} | INVALID_ID | prediction_id",
                "{\"prediction_id\":7,\"value\":1} | INVALID_FIELD | prediction_id",
                "{\"inference_id\":\"{\",\"value\":1} | INVALID_ID | inference_id",
                "{\"inference_id\":\"a\",\"value\":[1]} | INVALID_FIELD | value",
                "{\"inference_id\":\"a\",\"value\":1,\"value\":2} | DUPLICATE_KEY | value",
                "{\"inference_id\":\"a\",\"value\":1,\"revision\":0} | INVALID_FIELD | revision",
                "{\"inference_id\":\"a\",\"value\":1,\"revision\":\"1\"} | INVALID_FIELD | revision",
                "{\"inference_id\":\"a\",\"value\":1,\"observed_at\":\"today\"} | INVALID_FIELD | observed_at",
                "{\"inference_id\":\"a\",\"value\":1,\"source\":\"\"} | INVALID_ID | source",
                "{\"inference_id\":\"a\",\"value\":1,\"observedAt\":\"x\"} | INVALID_FIELD | body",
                "{\"inference_id\":\"a\",\"value\":\"0123456789012345678901234567890123456789012345678901234567890123\"}"
                        + " | LIMIT_EXCEEDED | value"
            })
    void shouldSayWhatIsWrong(String body, String code, String field) {
        one(body).statusCode(400).body("code", equalTo(code)).body("field", equalTo(field));
        lines(body)
                .statusCode(200)
                .body("results[0].result", equalTo("rejected"))
                .body("results[0].code", equalTo(code))
                .body("results[0].field", equalTo(field));
    }

    @Test
    void shouldTellOfEachLineAndLetNoneSpoilTheOthers() {
        lines(
                        report("1"),
                        "",
                        "nonsense",
                        "  ",
                        report("1"),
                        report("2"),
                        "{\"inference_id\":\"nobody-yet\",\"value\":0}")
                .statusCode(200)
                .body("results.line", contains(1, 3, 5, 6, 7))
                .body("results.result", contains("accepted", "rejected", "duplicate", "corrected", "pending"))
                .body("results[1].code", equalTo("MALFORMED_JSON"))
                .body("results[3].revision", equalTo(2))
                .body("results[1].revision", nullValue())
                .body("counts.accepted", equalTo(1));
    }

    @Test
    void shouldSayThatAPredictionIsLongGone() {
        String old = "00000000-0001-7000-8000-000000000001";
        one("{\"prediction_id\":\"" + old + "\",\"value\":1}")
                .statusCode(200)
                .body("results[0].result", equalTo("late"))
                .body("results[0].matched", equalTo(false));

        given().get("/api/v1/predictions/" + old + "/outcomes").then().body("outcomes.value", contains(1));
    }

    @Test
    void shouldReadNoLineThatIsTooLong() {
        lines(report("1") + " ".repeat(ReadServer.MAX_LINE), report("2"))
                .statusCode(200)
                .body("results.result", contains("rejected", "accepted"))
                .body("results[0].code", equalTo("LIMIT_EXCEEDED"))
                .body("results[0].limit", equalTo(ReadServer.MAX_LINE));
        one(report("3") + " ".repeat(ReadServer.MAX_LINE))
                .statusCode(413)
                .body("code", equalTo("BODY_TOO_LARGE"))
                .body("limit", equalTo(ReadServer.MAX_LINE));
    }

    @Test
    void shouldReadNoMoreLinesThanItMay() {
        String[] many = new String[ReadServer.MAX_LINES + 10];
        Arrays.fill(many, report("1"));

        lines(many)
                .statusCode(200)
                .body("results", hasSize(ReadServer.MAX_LINES + 1))
                .body("counts.accepted", equalTo(1))
                .body("counts.duplicate", equalTo(ReadServer.MAX_LINES - 1))
                .body("counts.rejected", equalTo(1))
                .body("results.last().code", equalTo("LIMIT_EXCEEDED"));
    }

    @Test
    void shouldTakeNothingForNothing() {
        lines("", "").statusCode(200).body("results", empty());
        one("").statusCode(400).body("code", equalTo("MALFORMED_JSON"));
    }

    @Test
    void shouldRefuseWhatContradictsARevision() {
        one("{\"prediction_id\":\"" + id + "\",\"value\":1,\"revision\":1}").statusCode(200);

        one("{\"prediction_id\":\"" + id + "\",\"value\":2,\"revision\":1}")
                .statusCode(409)
                .body("code", equalTo("CONFLICT"))
                .body("field", equalTo("revision"));
    }

    @Test
    void shouldLetAReporterReportOnItsOwnPredictionsAlone() {
        given().header("Authorization", "OUTCOME")
                .contentType(ContentType.JSON)
                .body(report("1"))
                .post(OUTCOMES)
                .then()
                .statusCode(200)
                .body("results[0].result", equalTo("accepted"));
        given().header("Authorization", "OUTCOME")
                .contentType(ContentType.JSON)
                .body("{\"prediction_id\":\"" + ServedLog.FIRST.id() + ":0\",\"value\":1}")
                .post(OUTCOMES)
                .then()
                .statusCode(403)
                .body("code", equalTo("FORBIDDEN"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PREDICT", "AUDIT", "OPERATE"})
    void shouldTakeNothingFromWhoMayNotReport(String role) {
        given().header("Authorization", role)
                .contentType(ContentType.JSON)
                .body(report("1"))
                .post(OUTCOMES)
                .then()
                .statusCode(403);
    }

    @Test
    void shouldRefuseOtherForms() {
        given().contentType("text/csv").body("a,b").post(OUTCOMES).then().statusCode(415);
    }

    @Test
    void shouldPutOnRecordThatOutcomesWereRead() {
        one(report("1")).statusCode(200);
        given().get("/api/v1/predictions/" + id + "/outcomes?reason=check")
                .then()
                .statusCode(200);

        given().get("/api/v1/audit/events?action=outcome.read&limit=1")
                .then()
                .body("events[0].target", equalTo(id))
                .body("events[0].reason", equalTo("check"))
                .body("events[0].count", equalTo(1));
    }

    @Test
    void shouldShowOutcomesInASearchToo() {
        one(report("42")).statusCode(200);

        List<Integer> values = given().get(
                        "/api/v1/predictions?request_id=" + record.requestId().value() + "&outcomes=true")
                .then()
                .statusCode(200)
                .extract()
                .path("entries[0].outcomes.value");
        Assertions.assertThat(values).containsExactly(42);
    }
}
