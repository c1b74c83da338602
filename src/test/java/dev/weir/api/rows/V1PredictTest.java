package dev.weir.api.rows;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.inference.ByteBudget;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** v1 over real HTTP, against the example models. */
@QuarkusTest
class V1PredictTest {

    private static final String UUID = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String IRIS = "/v1/models/iris:predict";

    @Inject
    ByteBudget budget;

    @AfterEach
    void givesAllMemoryBack() {
        Awaitility.await().untilAsserted(() -> assertThat(budget.reserved()).isZero());
    }

    private static ValidatableResponse predict(String path, String body) {
        return given().body(body).post(path).then();
    }

    /** Both protocols are asked the same thing; row by row, v1 answers what v2 answers. */
    @ParameterizedTest
    @ValueSource(strings = {"iris", "breast-cancer", "digits", "diabetes", "penguins"})
    void everyExampleModelAnswersAsItDoesInV2(String model) throws IOException {
        JsonNode v1 = MAPPER.readTree(post("/v1/models/" + model + ":predict", model + ".v1.json"));
        JsonNode v2 = MAPPER.readTree(post("/v2/models/" + model + "/infer", model + ".v2.json"));

        JsonNode outputs = v2.get("outputs");
        assertThat(v1.get("predictions"))
                .hasSize(outputs.get(0).get("shape").get(0).asInt());
        for (JsonNode output : outputs) {
            int rows = output.get("shape").get(0).asInt();
            int width = output.get("data").size() / rows;
            for (int row = 0; row < rows; row++) {
                JsonNode prediction = v1.get("predictions").get(row);
                JsonNode value = outputs.size() == 1
                        ? prediction
                        : prediction.get(output.get("name").asText());
                for (int i = 0; i < width; i++) {
                    assertThat(value.isArray() ? value.get(i) : value)
                            .isEqualTo(output.get("data").get(row * width + i));
                }
            }
        }
    }

    private static byte[] post(String path, String file) throws IOException {
        Response response = given().body(Files.readAllBytes(Path.of("examples/requests", file)))
                .post(path);
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(200);
        return response.asByteArray();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"instances\":[{\"sepal_length\":5.1,\"sepal_width\":3.5,\"petal_length\":1.4,\"petal_width\":0.2},"
                        + "{\"petal_width\":2.3,\"sepal_length\":6.7,\"sepal_width\":3,\"petal_length\":5.2}]}",
                "{\"signature_name\":\"serving_default\",\"instances\":[[5.1,3.5,1.4,0.2],[6.7,3,5.2,2.3]]}",
                "{\"inputs\":{\"sepal_length\":[5.1,6.7],\"sepal_width\":[3.5,3.0],\"petal_length\":[1.4,5.2],"
                        + "\"petal_width\":[0.2,2.3]}}",
                "{\"inputs\":{\"features\":[[5.1,3.5,1.4,0.2],[6.7,3.0,5.2,2.3]]}}",
                "{\"inputs\":[[5.1,3.5,1.4,0.2],[6.7,3.0,5.2,2.3]]}",
            })
    void answersEveryForm(String body) {
        predict(IRIS, body)
                .statusCode(200)
                .contentType("application/json")
                .body("predictions.label", contains(0, 2))
                .body("predictions[0].probabilities", hasSize(3))
                .body("model_name", equalTo("iris"))
                .body("model_version", equalTo("1"))
                .body("prediction_id", matchesPattern(UUID))
                .body("row_errors", nullValue());
    }

    @Test
    void penguinsMayBeMeasuredIncompletely() {
        predict(
                        "/v1/models/penguins:predict",
                        "{\"instances\":[{\"island\":\"Torgersen\",\"bill_length_mm\":null,\"bill_depth_mm\":18.7,"
                                + "\"flipper_length_mm\":\"NaN\",\"body_mass_g\":3750.0,\"sex\":\"unknown\"},"
                                + "[\"Biscoe\",46.1,13.2,211,4500,\"female\"]]}")
                .statusCode(200)
                .body("predictions.label", contains("Adelie", "Gentoo"));
        predict("/v1/models/penguins:predict", "{\"instances\":[[\"Biscoe\",46.1,13.2,211,4500.5,\"female\"]]}")
                .statusCode(400)
                .body("code", equalTo("VALUE_OUT_OF_RANGE"))
                .body("field", equalTo("instances[0].body_mass_g"));
    }

    @ParameterizedTest
    @ValueSource(strings = {":predict", "%3Apredict", "%3apredict", "/versions/1:predict", "/versions/1%3Apredict"})
    void theColonMayBeEncoded(String verb) {
        given().urlEncodingEnabled(false)
                .body("{\"instances\":[[5.1,3.5,1.4,0.2]]}")
                .post("/v1/models/iris" + verb)
                .then()
                .statusCode(200);
    }

    @Test
    void theRootIsAliveAsInKServe() {
        given().get("/").then().statusCode(200).contentType("application/json").body("status", equalTo("alive"));
        given().post("/").then().statusCode(405).body("code", equalTo("METHOD_NOT_ALLOWED"));
    }

    @Test
    void aSingleOutputIsTheBareValue() throws IOException {
        String body = Files.readString(Path.of("examples/requests/diabetes.v1.json"));

        predict("/v1/models/diabetes:predict", body)
                .statusCode(200)
                .body("predictions.collect { it instanceof Number }", contains(true, true));
    }

    @Test
    void aStandbyVersionIsReachedByItsName() throws IOException {
        String body = Files.readString(Path.of("examples/requests/breast-cancer.v1.json"));

        predict("/v1/models/breast-cancer:predict", body)
                .statusCode(200)
                .body("model_version", equalTo("2"))
                .header("Weir-Model-Version", "2")
                .header("Weir-Variant", not(nullValue()));
        predict("/v1/models/breast-cancer/versions/1:predict", body)
                .statusCode(200)
                .body("model_version", equalTo("1"))
                .header("Weir-Model-Version", "1");
        predict("/v1/models/breast-cancer/versions/3:predict", body)
                .statusCode(404)
                .body("code", equalTo("UNKNOWN_VERSION"));
    }

    @Test
    void goodRowsAreAnsweredAndBadOnesReportedIfAskedFor() {
        String body = "{\"instances\":[[5.1,3.5,1.4,0.2],{\"petal_width\":1},[6.7,3,5.2,2.3],[1,2,3,\"x\"]]}";

        predict(IRIS, body)
                .statusCode(400)
                .body("code", equalTo("MISSING_FEATURE"))
                .body("field", equalTo("instances[1].sepal_length"))
                .body("error", matchesPattern("row 1: features 'sepal_length', .* are missing"));
        given().header("Weir-On-Row-Error", "report")
                .body(body)
                .post(IRIS)
                .then()
                .statusCode(200)
                .body("predictions", hasSize(4))
                .body("predictions[0].label", equalTo(0))
                .body("predictions[1]", nullValue())
                .body("predictions[2].label", equalTo(2))
                .body("predictions[3]", nullValue())
                .body("row_errors.row", contains(1, 3))
                .body("row_errors.code", contains("MISSING_FEATURE", "INVALID_FIELD"))
                .body("row_errors[1].field", equalTo("instances[3].petal_width"))
                .body("row_errors[1].error", equalTo("feature 'petal_width' must be a number, not a string"));
        given().header("Weir-On-Row-Error", "report")
                .body("{\"instances\":[[1],[2]]}")
                .post(IRIS)
                .then()
                .statusCode(400)
                .body("field", equalTo("instances[0].sepal_width"));
        given().header("Weir-On-Row-Error", "maybe")
                .body(body)
                .post(IRIS)
                .then()
                .statusCode(400)
                .body("code", equalTo("INVALID_HEADER"))
                .body("field", equalTo("Weir-On-Row-Error"));
    }

    @Test
    void aLargeBodyIsDecodedToo() {
        StringBuilder body = new StringBuilder("{\"instances\":[[5.1,3.5,1.4,0.2]");
        body.append(",[6.7,3.0,5.2,2.3]".repeat(9999)).append("]}");

        predict(IRIS, body.toString())
                .statusCode(200)
                .body("predictions", hasSize(10_000))
                .body("predictions[9999].label", equalTo(2));
        given().header("Weir-On-Row-Error", "report")
                .body(body.toString().replace("[[5.1", "[[\"x\""))
                .post(IRIS)
                .then()
                .statusCode(200)
                .body("predictions", hasSize(10_000))
                .body("row_errors", hasSize(1));
    }

    @Test
    void anIdIsEchoedAndEveryAnswerHasOne() {
        String body = "{\"instances\":[[5.1,3.5,1.4,0.2]]}";
        Response answered =
                given().header("X-Request-Id", "order-17/a").body(body).post(IRIS);
        assertThat(answered.header("X-Request-Id")).isEqualTo("order-17/a");
        assertThat(answered.jsonPath().getString("id")).isEqualTo("order-17/a");
        assertThat(answered.header("Weir-Prediction-Id"))
                .isEqualTo(answered.jsonPath().getString("prediction_id"))
                .matches(UUID);
        assertThat(answered.asString()).startsWith("{\"predictions\":");

        for (String path : new String[] {"/v1/models", "/v1/models/iris", "/v1/models/none", "/v1", "/v1/x/y"}) {
            assertThat(given().get(path).header("X-Request-Id")).as(path).matches(UUID);
        }
    }

    @Test
    void modelsAreListedAndDescribed() {
        given().get("/v1/models")
                .then()
                .statusCode(200)
                .body("models", containsInAnyOrder("iris", "breast-cancer", "digits", "diabetes", "penguins"));
        given().get("/v1/models/iris")
                .then()
                .statusCode(200)
                .body("name", equalTo("iris"))
                .body("ready", equalTo(true))
                .body("model_version_status.version", contains("1"))
                .body("model_version_status.state", contains("AVAILABLE"))
                .body("model_version_status[0].status.error_code", equalTo("OK"))
                .body("model_version_status[0].status.error_message", equalTo(""));
        given().get("/v1/models/breast-cancer")
                .then()
                .body("model_version_status.version", containsInAnyOrder("1", "2"))
                .body("model_version_status.state", not(empty()));
        given().get("/v1/models/breast-cancer/versions/1")
                .then()
                .statusCode(200)
                .body("ready", equalTo(true))
                .body("model_version_status.version", contains("1"));
        given().head("/v1/models/iris").then().statusCode(200);
    }
}
