package dev.weir.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.hasSize;

import dev.weir.audit.AuditAction;
import dev.weir.audit.AuditLog;
import dev.weir.audit.AuditQuery;
import dev.weir.inference.PredictionId;
import dev.weir.predictionlog.LogReader;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.StoredEntry;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Forgetting, holding and replaying over real HTTP. What a server writes of what nobody may read: {@link CanaryTest}. */
@QuarkusTest
@TestProfile(PrivateServer.class)
class PrivacyTest {

    @Inject
    LogReader reader;

    @Inject
    AuditLog audit;

    private static Response say(String deployment, String... words) {
        return given().contentType(ContentType.JSON).body(body(words)).post("/v2/models/" + deployment + "/infer");
    }

    private static String body(String... words) {
        return "{\"inputs\":[{\"name\":\"x\",\"shape\":[" + words.length + "],\"datatype\":\"BYTES\",\"data\":[\""
                + String.join("\",\"", words) + "\"]}]}";
    }

    private static Response compute(float a, float b, float c) {
        return given().contentType(ContentType.JSON)
                .body("{\"inputs\":[{\"name\":\"features\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[" + a + ","
                        + b + "," + c + "]}]}")
                .post("/v2/models/numbers/infer");
    }

    private PredictionRecord record(Response answer) {
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        PredictionId id = new PredictionId(UUID.fromString(answer.header("Weir-Prediction-Id")));
        StoredEntry stored = Awaitility.await().until(() -> reader.find(id), found -> found != null);
        return (PredictionRecord) stored.entry();
    }

    @Test
    void shouldForgetASubjectAndSayHowFarThatReaches() {
        String customer = "customer-" + UUID.randomUUID();
        Response answer = given().header("X-Customer", customer)
                .contentType(ContentType.JSON)
                .body(body("hello"))
                .post("/v2/models/people/infer");
        PredictionRecord before = record(answer);
        assertThat(before.payload().inputs()).isNotNull();
        String outcome = "{\"prediction_id\":\"" + before.id() + "\",\"value\":\"yes\"}";
        given().contentType(ContentType.JSON)
                .body(outcome)
                .post("/api/v1/outcomes")
                .then()
                .statusCode(200);

        given().contentType(ContentType.JSON)
                .body(Map.of("subject", customer, "reason", "asked to"))
                .post("/api/v1/subjects/erase")
                .then()
                .statusCode(200)
                .body("subject_keys", equalTo(List.of(before.subjectKey())))
                .body("evidence[0].place", equalTo("local log"))
                .body("evidence[0].result", equalTo("key_destroyed"))
                .body("evidence.find { it.place == 'lines' }.result", equalTo("nothing_kept"))
                .body("evidence.find { it.place == 'outcomes' }.result", equalTo("deleted"))
                .body("evidence.find { it.place == 'outcomes' }.count", equalTo(1));

        given().get("/api/v1/predictions/" + before.id() + "/outcomes")
                .then()
                .statusCode(200)
                .body("outcomes", hasSize(0));
        given().contentType(ContentType.JSON)
                .body(outcome)
                .post("/api/v1/outcomes")
                .then()
                .statusCode(404)
                .body("code", equalTo("UNKNOWN_PREDICTION"));
        assertThat(audit.search(new AuditQuery(null, null, null, AuditAction.SUBJECT_ERASE, false), null, 100))
                .anySatisfy(event -> {
                    assertThat(event.deed().target()).isEqualTo(before.subjectKey());
                    assertThat(event.deed().reason()).isEqualTo("asked to");
                    assertThat(event.ending().whole()).isTrue();
                });
        PredictionRecord after = record(answer);
        assertThat(after.payload().erased()).isTrue();
        assertThat(after.payload().inputs()).isNull();
        given().contentType(ContentType.JSON)
                .post("/api/v1/predictions/" + answer.header("Weir-Prediction-Id") + "/replay")
                .then()
                .statusCode(200)
                .body("result", equalTo("not_replayable"))
                .body("reason", equalTo("erased"));
    }

    @Test
    void shouldKeepWhatALegalHoldCovers() {
        String customer = "customer-" + UUID.randomUUID();
        record(given().header("X-Customer", customer)
                .contentType(ContentType.JSON)
                .body(body("hello"))
                .post("/v2/models/people/infer"));
        String hold = given().contentType(ContentType.JSON)
                .body(Map.of("subject", customer, "reason", "case 7"))
                .post("/api/v1/holds")
                .then()
                .statusCode(200)
                .body("active", equalTo(true))
                .extract()
                .path("id");

        given().contentType(ContentType.JSON)
                .body(Map.of("subject", customer, "reason", "asked to"))
                .post("/api/v1/subjects/erase")
                .then()
                .statusCode(409)
                .body("code", equalTo("CONFLICT"))
                .body("detail", containsString(hold));
        given().get("/api/v1/holds").then().statusCode(200).body("id", hasItem(hold));

        given().queryParam("reason", "case closed")
                .delete("/api/v1/holds/" + hold)
                .then()
                .statusCode(200)
                .body("active", equalTo(false));
        given().contentType(ContentType.JSON)
                .body(Map.of("subject", customer, "reason", "asked to"))
                .post("/api/v1/subjects/erase")
                .then()
                .statusCode(200);
    }

    @Test
    void shouldHoldADeploymentAndStillForgetWhomItDoesNotCover() {
        String customer = "customer-" + UUID.randomUUID();
        record(given().header("X-Customer", customer)
                .contentType(ContentType.JSON)
                .body(body("hello"))
                .post("/v2/models/people/infer"));
        String hold = given().contentType(ContentType.JSON)
                .body(Map.of("deployment", "people", "reason", "case 8"))
                .post("/api/v1/holds")
                .then()
                .statusCode(200)
                .extract()
                .path("id");
        try {
            given().contentType(ContentType.JSON)
                    .body(Map.of("subject", customer, "reason", "asked to"))
                    .post("/api/v1/subjects/erase")
                    .then()
                    .statusCode(409);
            given().contentType(ContentType.JSON)
                    .body(Map.of("subject", "nobody-" + UUID.randomUUID(), "reason", "asked to"))
                    .post("/api/v1/subjects/erase")
                    .then()
                    .statusCode(200)
                    .body("evidence[0].result", equalTo("nothing_kept"));
        } finally {
            given().queryParam("reason", "case closed").delete("/api/v1/holds/" + hold);
        }
    }

    @Test
    void shouldReplayAPrediction() {
        Response answer = say("people", "one", "two");
        record(answer);

        given().contentType(ContentType.JSON)
                .post("/api/v1/predictions/" + answer.header("Weir-Prediction-Id") + "/replay")
                .then()
                .statusCode(200)
                .body("result", equalTo("identical"))
                .body("elements", equalTo(2))
                .body("ran.digest", equalTo(record(answer).context().manifestDigest()));
        assertThat(audit.search(new AuditQuery(null, null, null, AuditAction.PREDICTION_REPLAY, false), null, 100))
                .anyMatch(event -> event.deed().target().equals(answer.header("Weir-Prediction-Id")));
        given().contentType(ContentType.JSON)
                .body(Map.of("version", "9"))
                .post("/api/v1/predictions/" + answer.header("Weir-Prediction-Id") + ":1/replay")
                .then()
                .statusCode(200)
                .body("reason", equalTo("version_gone"));
    }

    @Test
    void shouldNameTheFeaturesThatForbidAReplay() {
        Response answer = compute(1, 2, 3);
        record(answer);

        given().contentType(ContentType.JSON)
                .post("/api/v1/predictions/" + answer.header("Weir-Prediction-Id") + "/replay")
                .then()
                .statusCode(200)
                .body("result", equalTo("not_replayable"))
                .body("reason", equalTo("redacted"))
                .body("redacted", hasSize(2))
                .body("redacted", hasItems("a", "b"));
    }

    @Test
    void shouldLetAuditorsAloneReplayAndForget() {
        String replay = "/api/v1/predictions/" + new UUID(0x7000, 1L << 63) + "/replay";
        given().header("Authorization", "OPERATE")
                .contentType(ContentType.JSON)
                .post(replay)
                .then()
                .statusCode(403);
        given().header("Authorization", "AUDIT")
                .contentType(ContentType.JSON)
                .post(replay)
                .then()
                .statusCode(404);
        for (String role : List.of("OPERATE", "AUDIT")) {
            given().header("Authorization", role)
                    .contentType(ContentType.JSON)
                    .body(Map.of("subject", "ada", "reason", "asked to"))
                    .post("/api/v1/subjects/erase")
                    .then()
                    .statusCode(403);
        }
    }
}
