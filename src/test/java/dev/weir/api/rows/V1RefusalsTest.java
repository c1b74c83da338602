package dev.weir.api.rows;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.matchesPattern;

import dev.weir.inference.ByteBudget;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every request that v1 refuses: status, stable code and field, nothing internal, and no memory kept. */
@QuarkusTest
class V1RefusalsTest {

    private static final String UUID = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
    private static final String IRIS = "/v1/models/iris:predict";

    @Inject
    ByteBudget budget;

    @TestHTTPResource
    URI server;

    @AfterEach
    void givesAllMemoryBack() {
        Awaitility.await().untilAsserted(() -> assertThat(budget.reserved()).isZero());
    }

    @ParameterizedTest
    @CsvSource({"a b", "<x>", "a\"b", "ü", "a%0d%0ab", "''"})
    void hostileIdsAreRefused(String id) {
        assertIdRefused(id);
        assertIdRefused("x".repeat(200));
    }

    private static void assertIdRefused(String id) {
        Response refused = given().header("X-Request-Id", id)
                .body("{\"instances\":[[5.1,3.5,1.4,0.2]]}")
                .post(IRIS);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.jsonPath().getString("code")).isEqualTo("INVALID_ID");
        assertThat(refused.header("X-Request-Id"))
                .isEqualTo(refused.jsonPath().getString("request_id"))
                .matches(UUID);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            POST | /v1/models/none:predict              | 404 | UNKNOWN_MODEL
            POST | /v1/models/%2e%2e:predict            | 404 | UNKNOWN_MODEL
            POST | /v1/models/:predict                  | 404 | UNKNOWN_MODEL
            POST | /v1/models/iris/versions/9:predict   | 404 | UNKNOWN_VERSION
            POST | /v1/models/iris/versions/a;b:predict | 404 | UNKNOWN_VERSION
            POST | /v1/models/iris:classify             | 404 | NOT_FOUND
            POST | /v1/models/iris:regress              | 404 | NOT_FOUND
            POST | /v1/models/iris:explain              | 404 | NOT_FOUND
            POST | /v1/models/iris/versions:predict     | 404 | NOT_FOUND
            POST | /v1/models/iris/labels/a:predict     | 404 | NOT_FOUND
            POST | /v1/models/iris/metadata             | 404 | NOT_FOUND
            POST | /v1/models/iris/versions/1/x:predict | 404 | NOT_FOUND
            GET  | /v1/models/none                      | 404 | UNKNOWN_MODEL
            GET  | /v1/models/iris/versions/9           | 404 | UNKNOWN_VERSION
            GET  | /v1                                  | 404 | NOT_FOUND
            GET  | /v1/                                 | 404 | NOT_FOUND
            GET  | /v1x                                 | 404 | NOT_FOUND
            GET  | /v1/models/iris:predict              | 405 | METHOD_NOT_ALLOWED
            PUT  | /v1/models/iris:predict              | 405 | METHOD_NOT_ALLOWED
            POST | /v1/models/iris                      | 405 | METHOD_NOT_ALLOWED
            DELETE | /v1/models                         | 405 | METHOD_NOT_ALLOWED
            """)
    void pathsAndMethodsThatLeadNowhere(String method, String path, int status, String code) {
        Response response = given().urlEncodingEnabled(false).request(method, path);

        assertThat(response.statusCode()).as(response.asString()).isEqualTo(status);
        assertThat(response.jsonPath().getString("code")).isEqualTo(code);
        if (status == 405) {
            assertThat(response.header("Allow")).isIn("POST", "GET, HEAD");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``                                             | MALFORMED_JSON  | body
            []                                             | INVALID_FIELD   | body
            {}                                             | MISSING_FIELD   | body
            {"instances":[]}                               | EMPTY_BATCH     | instances
            {"instances":{}}                               | INVALID_FIELD   | instances
            {"instances":[[1,2,3,4]]                       | MALFORMED_JSON  | body
            {"instances":[[1,2,3,4]],"inputs":[[1,2,3,4]]} | INVALID_FIELD   | inputs
            {"instances":[[1,2,3,4]],"instances":[]}       | DUPLICATE_KEY   | instances
            {"instances":[{"x":1,"x":2}]}                  | UNKNOWN_FEATURE | instances[0].x
            {"instances":[{"sepal_length":1,"sepal_length":2}]} | DUPLICATE_KEY | instances[0].sepal_length
            {"dataframe_records":[[1,2,3,4]]}              | MISSING_FIELD   | body
            {"x":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],"instances":[[1,2,3,4]]} | LIMIT_EXCEEDED | body
            """)
    void bodiesThatAreRefused(String body, String code, String field) {
        Response response = given().body(body).post(IRIS);

        assertThat(response.statusCode()).as(response.asString()).isEqualTo(400);
        assertThat(response.jsonPath().getString("code"))
                .as(response.asString())
                .isEqualTo(code);
        assertThat(response.jsonPath().getString("field")).isEqualTo(field);
        assertThat(response.asString()).doesNotContain("Exception", "dev.weir", "jackson", "[Source");
    }

    @Test
    void bytesThatAreNoUtf8AreRefused() {
        byte[] body = "{\"instances\":[{\"?\":1}]}".getBytes(StandardCharsets.UTF_8);
        body[16] = (byte) 0xC0;

        given().contentType("application/octet-stream")
                .body(body)
                .post(IRIS)
                .then()
                .statusCode(400)
                .body("code", equalTo("INVALID_UTF8"));
    }

    @Test
    void compressedBodiesAreRefused() {
        given().header("Content-Encoding", "gzip")
                .body("x")
                .post(IRIS)
                .then()
                .statusCode(415)
                .body("code", equalTo("UNSUPPORTED_MEDIA_TYPE"));
    }

    @Test
    void oversizedBodiesAreRefusedBeforeTheyAreSent() throws IOException, InterruptedException {
        // An offer to upgrade to HTTP/2 would be answered before the body is asked for, which this client does not
        // expect.
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            HttpRequest request = HttpRequest.newBuilder(server.resolve(IRIS))
                    .expectContinue(true)
                    .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[17 << 20]))
                    .build();

            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());

            assertThat(response.statusCode()).isEqualTo(413);
            assertThat(response.body()).contains("\"code\":\"BODY_TOO_LARGE\"", "\"limit\":16777216");
        }
    }

    @Test
    void withoutADefaultDeploymentInvocationsNameTheSetting() {
        given().contentType("application/json")
                .body("{\"instances\":[[5.1,3.5,1.4,0.2]]}")
                .post("/invocations")
                .then()
                .statusCode(404)
                .body("code", equalTo("UNKNOWN_MODEL"))
                .body("error", matchesPattern(".*weir\\.serving\\.default-deployment.*"));
        given().get("/ping").then().statusCode(200).body("ready", equalTo(true));
    }
}
