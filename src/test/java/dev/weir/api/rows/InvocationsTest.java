package dev.weir.api.rows;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;

import dev.weir.docs.DocumentedServer;
import dev.weir.inference.ByteBudget;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.config.EncoderConfig;
import io.restassured.config.RestAssuredConfig;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
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
import org.junit.jupiter.params.provider.ValueSource;

/** Invocations over real HTTP, with a default deployment. */
@QuarkusTest
@TestProfile(DocumentedServer.class)
class InvocationsTest {

    private static final String NAMES = "sepal_length,sepal_width,petal_length,petal_width";

    @Inject
    ByteBudget budget;

    @TestHTTPResource
    URI server;

    @AfterEach
    void givesAllMemoryBack() {
        Awaitility.await().untilAsserted(() -> assertThat(budget.reserved()).isZero());
    }

    /** Sends bytes, so that the client adds no character set of its own to the content type. */
    private static RequestSpecification body(String contentType, String body) {
        return given().config(RestAssuredConfig.config()
                        .encoderConfig(EncoderConfig.encoderConfig()
                                .appendDefaultContentCharsetToContentTypeIfUndefined(false)
                                .encodeContentTypeAs(contentType, ContentType.TEXT)))
                .header("Content-Type", contentType)
                .body(body.getBytes(StandardCharsets.UTF_8));
    }

    private static Response invoke(String contentType, String body) {
        return body(contentType, body).post("/invocations");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"instances\":[[5.1,3.5,1.4,0.2],[6.7,3,5.2,2.3]]}",
                "{\"inputs\":{\"sepal_length\":[5.1,6.7],\"sepal_width\":[3.5,3.0],\"petal_length\":[1.4,5.2],"
                        + "\"petal_width\":[0.2,2.3]}}",
                "{\"inputs\":[[5.1,3.5,1.4,0.2],[6.7,3,5.2,2.3]],\"params\":{}}",
                "{\"dataframe_split\":{\"index\":[0,1],\"columns\":[\"petal_width\",\"sepal_length\",\"sepal_width\","
                        + "\"petal_length\"],\"data\":[[0.2,5.1,3.5,1.4],[2.3,6.7,3,5.2]]}}",
                "{\"dataframe_records\":[{\"sepal_length\":5.1,\"sepal_width\":3.5,\"petal_length\":1.4,"
                        + "\"petal_width\":0.2},{\"sepal_length\":6.7,\"sepal_width\":3.0,\"petal_length\":5.2,"
                        + "\"petal_width\":2.3}]}",
            })
    void answersEveryJsonForm(String json) {
        for (String type : new String[] {"application/json", "application/json; charset=utf-8", "Application/JSON"}) {
            invoke(type, json)
                    .then()
                    .statusCode(200)
                    .contentType("application/json")
                    .body("predictions.label", contains(0, 2))
                    .body("model_name", equalTo("iris"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/jsonlines", "application/x-ndjson"})
    void answersJsonLines(String type) {
        invoke(type, "[5.1,3.5,1.4,0.2]\n{\"features\":[6.7,3,5.2,2.3]}\n")
                .then()
                .statusCode(200)
                .body("predictions.label", contains(0, 2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"5.1,3.5,1.4,0.2\n6.7,3,5.2,2.3\n", NAMES + "\r\n5.1,3.5,1.4,0.2\r\n6.7,3,5.2,2.3\r\n"})
    void answersCsv(String csv) {
        invoke("text/csv", csv).then().statusCode(200).body("predictions.label", contains(0, 2));
    }

    @Test
    void aContentTypeSaysWhetherCsvHasAHeader() {
        invoke("text/csv; header=present", NAMES + "\n5.1,3.5,1.4,0.2")
                .then()
                .statusCode(200)
                .body("predictions", hasSize(1));
        invoke("text/csv; header=present", "5.1,3.5,1.4,0.2")
                .then()
                .statusCode(400)
                .body("code", equalTo("UNKNOWN_FEATURE"));
        invoke("text/csv; header=absent", NAMES + "\n5.1,3.5,1.4,0.2")
                .then()
                .statusCode(400)
                .body("code", equalTo("INVALID_FIELD"))
                .body("field", equalTo("rows[0].sepal_length"));
        invoke("text/csv; header=maybe", "1,2,3,4").then().statusCode(400).body("code", equalTo("INVALID_HEADER"));
    }

    @Test
    void answersCsvToThoseWhoAskForIt() {
        Response response = body("text/csv", "5.1,3.5,1.4,0.2\n6.7,3,5.2,2.3\n")
                .header("Accept", "text/csv")
                .post("/invocations");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.contentType()).startsWith("text/csv");
        assertThat(response.header("Weir-Prediction-Id")).isNotBlank();
        assertThat(response.asString().lines().toList())
                .hasSize(3)
                .startsWith("label,setosa,versicolor,virginica")
                .element(1)
                .asString()
                .startsWith("0,0.9");
    }

    @Test
    void aReportIsJsonWhateverIsAskedFor() {
        body("text/csv", "5.1,3.5,1.4,0.2\n6.7,3,5.2\n")
                .header("Accept", "text/csv")
                .header("Weir-On-Row-Error", "report")
                .post("/invocations")
                .then()
                .statusCode(200)
                .contentType("application/json")
                .body("predictions", hasSize(2))
                .body("row_errors.row", contains(1))
                .body("row_errors[0].error", equalTo("line 2: the row has 3 cells, not 4"));
    }

    @Test
    void withoutAContentTypeABodyIsJson() throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(server.resolve("/invocations"))
                    .POST(HttpRequest.BodyPublishers.ofString("{\"instances\":[[5.1,3.5,1.4,0.2]]}"))
                    .build();

            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());

            assertThat(request.headers().firstValue("Content-Type")).isEmpty();
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "text/plain",
        "application/xml",
        "application/x-npy",
        "application/x-www-form-urlencoded",
        "text/csv; charset=utf-16",
        "application/json; charset=iso-8859-1"
    })
    void otherContentTypesAreRefused(String type) {
        invoke(type, "{\"instances\":[[5.1,3.5,1.4,0.2]]}")
                .then()
                .statusCode(415)
                .body("code", equalTo("UNSUPPORTED_MEDIA_TYPE"))
                .body("field", equalTo("Content-Type"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            application/json      | {"instances":[[1,2,3]]}   | MISSING_FEATURE | instances[0].petal_width
            application/json      | {"params":{"a":1},"inputs":[[1,2,3,4]]} | UNSUPPORTED_PARAMETER | params
            application/json      | {"instances":             | MALFORMED_JSON  | body
            application/jsonlines | [1,2,3,4] [1,2,3,4]       | MALFORMED_BODY  | body
            application/jsonlines | {"sepal_width":"x"}       | INVALID_FIELD   | rows[0].sepal_width
            text/csv              | "1,2,3,4                  | MALFORMED_BODY  | body
            text/csv              | 1,2,3,                    | MISSING_FEATURE | rows[0].petal_width
            text/csv              | 1,2,3                     | WRONG_SHAPE     | rows[0]
            text/csv              | ``                        | EMPTY_BATCH     | rows
            """)
    void bodiesThatAreRefused(String type, String body, String code, String field) {
        Response response = invoke(type, body);

        assertThat(response.statusCode()).as(response.asString()).isEqualTo(400);
        assertThat(response.jsonPath().getString("code"))
                .as(response.asString())
                .isEqualTo(code);
        assertThat(response.jsonPath().getString("field")).isEqualTo(field);
        assertThat(response.header("X-Request-Id")).isNotBlank();
    }

    @Test
    void otherMethodsAndPathsAreRefused() {
        given().get("/invocations").then().statusCode(405).header("Allow", "POST");
        given().post("/ping").then().statusCode(405).header("Allow", "GET, HEAD");
        given().get("/invocations/x").then().statusCode(404);
        given().get("/ping/x").then().statusCode(404);
    }

    @Test
    void aPingSaysThatTheDefaultDeploymentCanAnswer() {
        given().header("X-Request-Id", "probe-1")
                .get("/ping")
                .then()
                .statusCode(200)
                .header("X-Request-Id", "probe-1")
                .body(equalTo("{\"ready\":true}"));
        given().header("X-Request-Id", "a b").get("/ping").then().statusCode(400);
        given().header("X-Request-Id", "a b").post("/invocations").then().statusCode(400);
    }
}
