package dev.weir.api.audit;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.audit.AuditEvent;
import dev.weir.audit.AuditLog;
import dev.weir.audit.AuditQuery;
import dev.weir.failure.FailureCode;
import dev.weir.fixture.RecordSchema;
import dev.weir.fixture.Records;
import dev.weir.fixture.ServedLog;
import dev.weir.inference.Settlement;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.StreamResetException;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@TestProfile(ReadServer.class)
class PredictionApiTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final RecordSchema SCHEMA = RecordSchema.read();
    private static final String ALL = "/api/v1/predictions";
    private static final String FIRST = ServedLog.FIRST.id().toString();
    private static final String UNKNOWN = "019b7e94-3201-7000-8000-00000000ffff";
    private static final AuditQuery NEWEST = new AuditQuery(null, null, null, null, true);

    /** How HTTP/2 says that the server failed. */
    private static final long INTERNAL_ERROR = 2;

    /** More than every buffer between a server and a reader that does not read holds. */
    private static final int MANY = 20_000;

    @Inject
    ServedLog log;

    @Inject
    AuditLog audit;

    @TestHTTPResource("/")
    URI server;

    @BeforeEach
    void begin() {
        log.reset();
    }

    private static ValidatableResponse get(String path) {
        return given().get(path).then();
    }

    private static JsonNode json(String path) throws IOException {
        return JSON.readTree(get(path).statusCode(200).extract().asByteArray());
    }

    private List<AuditEvent> events() {
        return audit.search(NEWEST, null, 1_000);
    }

    private AuditEvent event() {
        return events().getFirst();
    }

    private void records(int from, int to) {
        for (int i = from; i < to; i++) {
            log.add(Records.record(i));
        }
    }

    // --- By id

    @Test
    void shouldShowARecordAsItsSchemaDescribesIt() throws IOException {
        JsonNode document = json(ALL + "/" + FIRST);

        assertThat(SCHEMA.violations(document)).isEmpty();
        assertThat(document.at("/inputs/0/data/1").asText()).isEqualTo("NaN");
        assertThat(document.has("row")).isFalse();
    }

    @Test
    void shouldMarkTheRowThatIsAskedFor() {
        get(ALL + "/" + FIRST + ":1")
                .statusCode(200)
                .body("row", equalTo(1))
                .body("inference_id", equalTo("flower-1-b"))
                .body("prediction_id", equalTo(FIRST));
    }

    @Test
    void shouldHidePayloads() throws IOException {
        JsonNode document = json(ALL + "/" + FIRST + "?payload=false");

        assertThat(SCHEMA.violations(document)).isEmpty();
        assertThat(document.has("inputs") || document.has("outputs")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {UNKNOWN, UNKNOWN + ":0", "019b7e94-3201-7000-8000-000000000001:2"})
    void shouldSayThatThereIsNoSuchPrediction(String id) {
        get(ALL + "/" + id)
                .statusCode(404)
                .body("code", equalTo("UNKNOWN_PREDICTION"))
                .body("field", equalTo("id"));
    }

    @ParameterizedTest
    @CsvSource({
        "/x, INVALID_ID, id",
        "/019b7e94-3201-4000-8000-000000000001, INVALID_ID, id",
        "/019b7e94-3201-7000-8000-000000000001:01, INVALID_ID, id",
        "/019b7e94-3201-7000-8000-000000000001:, INVALID_ID, id",
        "/019b7e94-3201-7000-8000-000000000001?payload=no, INVALID_FIELD, payload",
        "/019b7e94-3201-7000-8000-000000000001?pay=true, INVALID_FIELD, query",
        "?limit=0, LIMIT_EXCEEDED, limit",
        "?limit=1001, LIMIT_EXCEEDED, limit",
        "?limit=x, LIMIT_EXCEEDED, limit",
        "?request_id=a&limit=101, LIMIT_EXCEEDED, limit",
        "?from=yesterday, INVALID_FIELD, from",
        "?to=2026-01-02, INVALID_FIELD, to",
        "?deployment=%C3%A4, INVALID_ID, deployment",
        "?role=king, INVALID_FIELD, role",
        "?result=good, INVALID_FIELD, result",
        "?order=random, INVALID_FIELD, order",
        "?gaps=1, INVALID_FIELD, gaps",
        "?cursor=nonsense, INVALID_FIELD, cursor",
        "?caller=, INVALID_FIELD, caller",
        "?deploymnet=iris, INVALID_FIELD, query",
        "?limit=1&limit=2, INVALID_FIELD, limit",
        "?request_id=%7B, INVALID_ID, request_id",
        "?inference_id=, INVALID_FIELD, inference_id",
        "?request_id=a&inference_id=b, INVALID_FIELD, inference_id",
        "?request_id=a&deployment=iris, INVALID_FIELD, deployment"
    })
    void shouldSayWhatIsWrong(String path, String code, String field) {
        given().urlEncodingEnabled(false)
                .get(ALL + path)
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("code", equalTo(code))
                .body("field", equalTo(field));
    }

    @Test
    void shouldSayHowFarALimitGoes() {
        get(ALL + "?limit=1001").statusCode(400).body("limit", equalTo(1_000));
    }

    @Test
    void shouldSayWhatIsWrongToWhoAsksForLinesToo() {
        given().accept(PredictionResource.LINES)
                .get(ALL + "?cursor=nonsense")
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("field", equalTo("cursor"));
    }

    // --- By request and inference id

    @Test
    void shouldFindByRequestAndByInferenceId() {
        get(ALL + "?request_id=order/1").statusCode(200).body("entries.prediction_id", contains(FIRST));
        get(ALL + "?inference_id=flower-1-b").statusCode(200).body("entries.prediction_id", contains(FIRST));
        get(ALL + "?inference_id=nobody").statusCode(200).body("entries", hasSize(0));
    }

    @Test
    void shouldSayThatThereIsMoreOfARequest() {
        for (int i = 2; i < 5; i++) {
            log.add(Records.draft(i).request("again").build());
        }

        get(ALL + "?request_id=again&limit=2")
                .statusCode(200)
                .body("entries", hasSize(2))
                .body("more", equalTo(true));
        get(ALL + "?request_id=again&limit=3")
                .statusCode(200)
                .body("entries", hasSize(3))
                .body("more", nullValue());
    }

    // --- Searching

    @Test
    void shouldGiveEveryRecordOnceOverAllPages() throws IOException {
        records(2, 100);
        List<String> ids = new ArrayList<>();
        String next = "";
        for (int page = 0; page < 100 && next != null; page++) {
            JsonNode answer = json(ALL + "?limit=40" + (next.isEmpty() ? "" : "&cursor=" + next));
            answer.get("entries").forEach(entry -> {
                assertThat(SCHEMA.violations(entry)).isEmpty();
                ids.add(entry.get("prediction_id").asText());
            });
            next = answer.hasNonNull("next") ? answer.get("next").asText() : null;
        }

        assertThat(ids).hasSize(99).doesNotHaveDuplicates().isSorted();
    }

    @Test
    void shouldFindWhatFits() {
        log.add(Records.draft(2)
                .caller("somebody")
                .failed(Settlement.Result.TIMEOUT, FailureCode.DEADLINE_EXCEEDED)
                .build());
        log.add(Records.gap(1, 3, "iris"));

        get(ALL + "?caller=somebody&result=timeout&deployment=iris&role=primary")
                .statusCode(200)
                .body("entries", hasSize(1))
                .body("entries[0].error_code", equalTo("DEADLINE_EXCEEDED"))
                .body("next", nullValue());
        get(ALL + "?order=newest&gaps=true")
                .statusCode(200)
                .body("entries.kind", contains("gap", "prediction", "prediction"));
        given().queryParam("from", "2026-01-02T13:00:00.002+01:00")
                .get(ALL)
                .then()
                .statusCode(200)
                .body("entries", hasSize(1));
    }

    private static List<JsonNode> lines(String path) throws IOException {
        String body = given().accept(PredictionResource.LINES)
                .get(path)
                .then()
                .statusCode(200)
                .contentType(PredictionResource.LINES)
                .extract()
                .asString();
        List<JsonNode> documents = new ArrayList<>();
        for (String line : body.split("\n")) {
            if (!line.isEmpty()) {
                documents.add(JSON.readTree(line));
            }
        }
        return documents;
    }

    @Test
    void shouldWriteEveryRecordToALineWithoutALimit() throws IOException {
        records(2, 2_001);

        List<JsonNode> documents = lines(ALL);

        assertThat(documents).hasSize(2_000);
        assertThat(documents)
                .extracting(each -> each.get("prediction_id").asText())
                .doesNotHaveDuplicates();
        assertThat(SCHEMA.violations(documents.getLast())).isEmpty();
    }

    @Test
    void shouldWriteNoMoreLinesThanAskedFor() throws IOException {
        records(2, 200);

        assertThat(lines(ALL + "?limit=50")).hasSize(50);
    }

    @Test
    void shouldWriteNothingWhenNothingFits() throws IOException {
        assertThat(lines(ALL + "?deployment=nobody")).isEmpty();
    }

    // --- Who read what

    @Test
    void shouldPutOnRecordThatAPayloadWasRead() {
        given().header("X-Request-Id", "why/1")
                .get(ALL + "/" + FIRST + ":1?reason=a complaint")
                .then()
                .statusCode(200);

        AuditEvent.Deed deed = event().deed();
        assertThat(deed)
                .isEqualTo(new AuditEvent.Deed(
                        "anybody", "prediction.read", FIRST + ":1", "iris", "why/1", "a complaint"));
        assertThat(event().ending())
                .isNotNull()
                .extracting(AuditEvent.Ending::count)
                .isEqualTo(1L);
    }

    @Test
    void shouldPutOnRecordWhatWasSearchedForAndHowMuchWasShown() throws IOException {
        records(2, 100);
        lines(ALL + "?deployment=iris&order=newest");

        assertThat(event().deed().action()).isEqualTo("prediction.search");
        assertThat(event().deed().target()).isEqualTo("deployment=iris order=newest");
        await().untilAsserted(() -> assertThat(event().ending()).isNotNull());
        assertThat(event().ending().count()).isEqualTo(99);
        assertThat(event().ending().whole()).isTrue();
    }

    @Test
    void shouldPutNothingOnRecordWhenNoPayloadIsShown() {
        int before = events().size();

        get(ALL + "/" + FIRST + "?payload=false").statusCode(200);
        get(ALL + "?payload=false").statusCode(200);
        get(ALL + "/" + UNKNOWN).statusCode(404);

        assertThat(events()).hasSize(before);
    }

    @Test
    void shouldListWhoReadWhat() {
        get(ALL + "/" + FIRST + "?reason=first").statusCode(200);
        get(ALL + "/" + FIRST + "?reason=second").statusCode(200);

        String next = get("/api/v1/audit/events?limit=1&action=prediction.read&actor=anybody")
                .statusCode(200)
                .body("events.reason", contains("second"))
                .body("events[0].target", equalTo(FIRST))
                .body("events[0].ended", notNullValue())
                .body("events[0].whole", equalTo(true))
                .extract()
                .path("next");
        get("/api/v1/audit/events?limit=1&cursor=" + next).statusCode(200).body("events.reason", contains("first"));
        get("/api/v1/audit/events?actor=nobody")
                .statusCode(200)
                .body("events", hasSize(0))
                .body("next", nullValue());
    }

    @ParameterizedTest
    @CsvSource({"?action=nothing, action", "?limit=0, limit", "?cursor=-1, cursor", "?from=now, from", "?who=me, query"
    })
    void shouldSayWhatIsWrongWithASearchForEvents(String query, String field) {
        get("/api/v1/audit/events" + query).statusCode(400).body("field", equalTo(field));
    }

    // --- Roles

    @ParameterizedTest
    @CsvSource({
        "/api/v1/predictions, OPERATE",
        "/api/v1/predictions, OUTCOME",
        "/api/v1/predictions/, OPERATE",
        "/api/v1/predictions/019b7e94-3201-7000-8000-000000000001, OPERATE",
        "/api/v1/predictions/019b7e94-3201-7000-8000-000000000001, PREDICT",
        "/api/v1//predictions/019b7e94-3201-7000-8000-000000000001, OPERATE",
        "/api/v1/predictions;x=1, OPERATE",
        "/api/v1;x=1/predictions, OPERATE",
        "/api/v1/%70redictions, OPERATE",
        "/api/v1/predictions/019b7e94-3201-7000-8000-000000000001/outcomes, OUTCOME",
        "/api/v1/audit/events, OPERATE"
    })
    void shouldShowNothingToWhoMayNotRead(String path, String role) {
        int before = events().size();
        String body = given().urlEncodingEnabled(false)
                .header("Authorization", role)
                .get(path)
                .then()
                .extract()
                .asString();

        assertThat(body).contains("\"code\":\"").containsAnyOf("FORBIDDEN", "NOT_FOUND");
        assertThat(events()).hasSize(before);
    }

    @Test
    void shouldShowAllToAnAuditor() {
        given().header("Authorization", "AUDIT").get(ALL + "/" + FIRST).then().statusCode(200);
        given().header("Authorization", "AUDIT").get(ALL).then().statusCode(200);
        given().header("Authorization", "AUDIT")
                .get("/api/v1/audit/events")
                .then()
                .statusCode(200);
    }

    // --- Streams

    /** A reader that asks, and then reads only what it wants to. */
    private Socket ask(String path) throws IOException {
        Socket socket = new Socket(server.getHost(), server.getPort());
        socket.setReceiveBufferSize(4_096);
        socket.getOutputStream()
                .write(("GET " + path + " HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        byte[] head = socket.getInputStream().readNBytes(12);
        assertThat(new String(head, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200");
        return socket;
    }

    /** Waits until nothing was read from the log for a while. */
    private void awaitStandstill() {
        AtomicInteger last = new AtomicInteger();
        AtomicInteger looks = new AtomicInteger();
        await().pollInterval(Duration.ofMillis(100)).until(() -> {
            int now = log.searches();
            return last.getAndSet(now) == now ? looks.incrementAndGet() >= 5 : looks.getAndSet(0) < 0;
        });
    }

    @Test
    void shouldReadNoFasterThanItsReaderAndStopWhenTheReaderLeaves() throws IOException {
        for (int i = 2; i < MANY; i++) {
            log.add(Records.full(i));
        }
        Socket slow = ask(ALL + "?order=newest");
        Socket slower = ask(ALL + "?order=newest");
        awaitStandstill();
        assertThat(log.searches()).isLessThan(MANY / Walk.STEP);
        get(ALL).statusCode(503).body("code", equalTo("QUEUE_FULL")).header("Retry-After", notNullValue());

        slow.close();
        slower.close();

        await().untilAsserted(() -> assertThat(events().subList(0, 2))
                .allSatisfy(each -> assertThat(each.ending()).isNotNull()));
        assertThat(events().subList(0, 2)).allSatisfy(each -> {
            assertThat(each.ending().whole()).isFalse();
            assertThat(each.ending().count()).isBetween(1L, MANY - 1L);
        });
        get(ALL + "?limit=1").statusCode(200);
    }

    @Test
    void shouldBreakOffWhenTheLogFailsSoThatNobodyTakesItForAll() {
        records(2, 1_000);
        log.failAfter(3);
        HttpRequest request = HttpRequest.newBuilder(server.resolve(ALL))
                .header("Accept", PredictionResource.LINES)
                .build();

        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            assertThatThrownBy(() -> client.send(request, BodyHandlers.ofString()))
                    .isInstanceOf(IOException.class);
        }
        await().untilAsserted(() -> assertThat(event().ending()).isNotNull());
        assertThat(event().ending().whole()).isFalse();
        assertThat(event().ending().count()).isEqualTo(96);
    }

    /** Over HTTP/2 the stream is reset, and the connection goes on. */
    @Test
    void shouldResetTheStreamWhenTheLogFailsSoThatNobodyTakesItForAll() throws Exception {
        records(2, 1_000);
        log.failAfter(3);
        Vertx vertx = Vertx.vertx();
        try {
            io.vertx.core.http.HttpClient http2 = vertx.createHttpClient(new HttpClientOptions()
                    .setProtocolVersion(HttpVersion.HTTP_2)
                    .setHttp2ClearTextUpgrade(false));
            StringBuffer read = new StringBuffer();
            Future<Void> broken = lines(http2, read);

            assertThatThrownBy(() -> whole(broken))
                    .hasRootCauseInstanceOf(StreamResetException.class)
                    .rootCause()
                    .extracting(e -> ((StreamResetException) e).getCode())
                    .isEqualTo(INTERNAL_ERROR);
            assertThat(read.toString()).contains(FIRST);
            await().untilAsserted(() -> assertThat(event().ending()).isNotNull());
            assertThat(event().ending().whole()).isFalse();

            log.failAfter(Integer.MAX_VALUE);
            StringBuffer again = new StringBuffer();
            whole(lines(http2, again));
            assertThat(again.toString().lines()).hasSize(999);
        } finally {
            whole(vertx.close());
        }
    }

    private Future<Void> lines(io.vertx.core.http.HttpClient http2, StringBuffer into) {
        return http2.request(HttpMethod.GET, server.getPort(), server.getHost(), ALL)
                .compose(request ->
                        request.putHeader("Accept", PredictionResource.LINES).send())
                .compose(answer -> {
                    answer.handler(part -> into.append(part.toString()));
                    return answer.end();
                });
    }

    private static void whole(Future<Void> future) throws Exception {
        future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    @Test
    void shouldAnswerWithAnErrorWhenTheLogFailsAtOnce() {
        log.failAfter(0);

        get(ALL).statusCode(500).contentType("application/problem+json").body("code", equalTo("INTERNAL_ERROR"));
    }

    @Test
    void shouldAcceptJsonByDefault() {
        given().accept(ContentType.ANY).get(ALL).then().statusCode(200).contentType(ContentType.JSON);
    }
}
