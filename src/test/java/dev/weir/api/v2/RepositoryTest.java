package dev.weir.api.v2;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.nullValue;

import dev.weir.docs.DocumentedServer;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.ValidatableResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The model repository extension over REST. */
@QuarkusTest
@TestProfile(DocumentedServer.class)
class RepositoryTest {

    private static ValidatableResponse post(String path, String body) {
        return given().body(body).post("/v2/repository/" + path).then();
    }

    @Test
    void shouldListEveryVersionOfTheRegistry() {
        post("index", "")
                .statusCode(200)
                .body("find { it.name == 'iris' && it.version == '1' }.state", equalTo("READY"))
                .body("find { it.name == 'iris' && it.version == '1' }.reason", equalTo(""))
                .body("findAll { it.name == 'breast-cancer' }.version", hasItems("1", "2", "3"));
    }

    @Test
    void shouldSayWhyAVersionIsNotReady() {
        post("index", "{}")
                .body("find { it.name == 'breast-cancer' && it.version == '3' }.reason", equalTo("not deployed"))
                .body("find { it.name == 'iris' && it.version == 'none' }.state", equalTo("UNAVAILABLE"))
                .body(
                        "find { it.name == 'iris' && it.version == 'none' }.reason",
                        equalTo("the registry has no version iris/none"));
    }

    @Test
    void shouldTellWhatIsLoadedAndHowLongThatTook() {
        post("index", "")
                .header("Weir-Registry-Cached-At", nullValue())
                .body("find { it.name == 'iris' && it.version == '1' }.digest", matchesPattern("sha256:[0-9a-f]{64}"))
                .body("find { it.name == 'iris' && it.version == '1' }.load_millis", greaterThanOrEqualTo(0))
                .body("find { it.name == 'breast-cancer' && it.version == '3' }.digest", nullValue());
    }

    @Test
    void shouldListOnlyWhatIsReadyIfAsked() {
        post("index", "{\"ready\": true}").statusCode(200).body("state", everyItem(equalTo("READY")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"ready\": 1}|INVALID_FIELD|ready",
                "[]|INVALID_FIELD|body",
                "{\"ready\": true|MALFORMED_JSON|body"
            })
    void shouldRefuseAnIndexOfAnotherForm(String body, String code, String field) {
        post("index", body).statusCode(400).body("code", equalTo(code)).body("field", equalTo(field));
    }

    @Test
    void shouldConfirmThatADeployedModelServes() {
        post("models/iris/load", "").statusCode(200).body(equalTo("{}"));
    }

    @Test
    void shouldSayWhyADeployedModelDoesNotServe() {
        post("models/broken/load", "{}")
                .statusCode(503)
                .body("code", equalTo("MODEL_NOT_READY"))
                .body("error", containsString("iris/none"));
    }

    @Test
    void shouldNotLoadAModelThatIsNotThere() {
        post("models/roses/load", "").statusCode(404).body("code", equalTo("UNKNOWN_MODEL"));
    }

    @Test
    void shouldNotUnloadADeployedModel() {
        post("models/iris/unload", "")
                .statusCode(409)
                .body("code", equalTo("CONFLICT"))
                .body("error", containsString("deployment 'iris'"));
        given().get("/v2/models/iris/ready").then().statusCode(200);
    }

    @Test
    void shouldNotUnloadAModelThatIsNotThere() {
        post("models/roses/unload", "").statusCode(404).body("code", equalTo("UNKNOWN_MODEL"));
    }

    @Test
    void shouldTakeTheParameterThatClientsAlwaysSend() {
        post("models/roses/unload", "{\"parameters\": {\"unload_dependents\": false}}")
                .statusCode(404);
    }

    @ParameterizedTest
    @CsvSource({"config", "file:1/model.onnx"})
    void shouldRefuseModelsFromCallers(String parameter) {
        post("models/iris/load", "{\"parameters\": {\"" + parameter + "\": \"e30=\"}}")
                .statusCode(400)
                .body("code", equalTo("UNSUPPORTED_PARAMETER"));
    }

    @Test
    void shouldRefuseNamesThatAreNone() {
        post("models/a%2fb/load", "").statusCode(400).body("code", equalTo("INVALID_ID"));
    }

    @Test
    void shouldTakePostOnly() {
        given().get("/v2/repository/index").then().statusCode(405).header("Allow", "POST");
    }

    @Test
    void shouldFindNothingBesideTheExtension() {
        post("models/iris/delete", "").statusCode(404).body("code", equalTo("NOT_FOUND"));
    }

    @Test
    void shouldNameTheExtension() {
        given().get("/v2").then().body("extensions", hasItem("model_repository"));
    }
}
