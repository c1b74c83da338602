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
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jboss.logmanager.ExtLogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a server writes of what nobody may read, looked for in all that it writes. */
@QuarkusTest
@TestProfile(PrivateServer.class)
class PrivacyTest {

    private static final String SECRET = "canary-" + UUID.randomUUID();
    private static final float NUMBER = 31_415.927f;
    private static final float KEPT = 27_182.818f;

    @Inject
    LogReader reader;

    @Inject
    AuditLog audit;

    private final List<String> logged = new CopyOnWriteArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord line) {
            StringWriter text = new StringWriter();
            text.write(line.getMessage() + (line instanceof ExtLogRecord ext ? ext.getMdcCopy() : ""));
            if (line.getThrown() != null) {
                line.getThrown().printStackTrace(new PrintWriter(text));
            }
            logged.add(text.toString());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        Logger.getLogger("").addHandler(handler);
    }

    @AfterEach
    void stopListening() {
        Logger.getLogger("").removeHandler(handler);
    }

    private static Response say(String deployment, String... words) {
        return given().header("X-Customer", SECRET)
                .contentType(ContentType.JSON)
                .body(body(words))
                .post("/v2/models/" + deployment + "/infer");
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

    /** Returns every file as text, a byte a character. */
    private static Map<Path, String> files() throws IOException {
        try (Stream<Path> files = Files.walk(PrivateServer.STATE)) {
            Map<Path, String> contents = new TreeMap<>();
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                contents.put(file, new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
            }
            return contents;
        }
    }

    private static List<String> forms(float number) {
        List<String> forms = new ArrayList<>(List.of(Float.toString(number)));
        for (ByteOrder order : List.of(ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN)) {
            forms.add(raw(ByteBuffer.allocate(4).order(order).putFloat(number)));
            forms.add(raw(ByteBuffer.allocate(8).order(order).putDouble(number)));
        }
        return forms;
    }

    private static String raw(ByteBuffer bytes) {
        return new String(bytes.array(), StandardCharsets.ISO_8859_1);
    }

    private static boolean isAnywhere(Iterable<String> texts, List<String> forms) {
        for (String text : texts) {
            if (forms.stream().anyMatch(text::contains)) {
                return true;
            }
        }
        return false;
    }

    @Test
    void shouldWriteNoRedactedValueAnywhere() throws IOException {
        PredictionRecord hashed = record(say("hashed", SECRET));
        record(say("dropped", SECRET));
        record(say("people", SECRET));
        PredictionRecord computed = record(compute(NUMBER, NUMBER, KEPT));
        Awaitility.await().untilAsserted(() -> assertThat(Files.readString(PrivateServer.LINES))
                .contains(computed.id().toString())
                .contains(Float.toString(KEPT)));
        Awaitility.await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(files())
                .anySatisfy((file, content) -> assertThat(
                                file.toString().endsWith(".parquet") && isAnywhere(List.of(content), forms(KEPT)))
                        .isTrue()));

        // what was kept is found, or this test could not fail
        assertThat(isAnywhere(files().values(), forms(KEPT))).isTrue();
        assertThat(hashed.payload().inputs().unpack().redacted().getFirst().digests())
                .hasSize(1);
        assertThat(computed.payload().inputs().unpack().redacted()).hasSize(2);
        for (Map.Entry<Path, String> file : files().entrySet()) {
            assertThat(file.getValue()).as(file.getKey().toString()).doesNotContain(SECRET);
            assertThat(isAnywhere(List.of(file.getValue()), forms(NUMBER)))
                    .as(file.getKey().toString())
                    .isFalse();
        }
        assertThat(isAnywhere(logged, List.of(SECRET, Float.toString(NUMBER)))).isFalse();
    }

    @Test
    void shouldRepeatNoValueInARefusal() throws IOException {
        List<Response> refusals = List.of(
                say("named", SECRET, SECRET + "-other"),
                say("numbers", SECRET),
                given().contentType(ContentType.JSON)
                        .body(body(SECRET).replace("BYTES", "FP64"))
                        .post("/v2/models/hashed/infer"),
                given().contentType(ContentType.JSON)
                        .body(body(SECRET).replace("[1]", "[2]"))
                        .post("/v2/models/hashed/infer"),
                given().contentType(ContentType.JSON)
                        .body(body(SECRET).substring(0, 80))
                        .post("/v2/models/hashed/infer"),
                given().contentType(ContentType.JSON)
                        .body("{\"instances\":[{\"a\":\"" + SECRET + "\",\"b\":1,\"c\":2}]}")
                        .post("/v1/models/numbers:predict"),
                given().contentType("text/csv")
                        .body("a,b,c\n" + SECRET + ",1,2\n")
                        .post("/v1/models/numbers:predict"));

        assertThat(refusals).allSatisfy(answer -> {
            assertThat(answer.statusCode()).as(answer.asString()).isBetween(400, 499);
            assertThat(answer.asString() + answer.headers()).doesNotContain(SECRET);
        });
        assertThat(isAnywhere(logged, List.of(SECRET))).isFalse();
        assertThat(isAnywhere(files().values(), List.of(SECRET))).isFalse();
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
