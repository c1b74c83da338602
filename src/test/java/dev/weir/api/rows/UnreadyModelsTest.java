package dev.weir.api.rows;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

import dev.weir.api.TightServer;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import org.junit.jupiter.api.Test;

/** What v1 and invocations say of a model that could not be loaded, and of one that discloses nothing. */
@QuarkusTest
@TestProfile(TightServer.class)
class UnreadyModelsTest {

    @Test
    void anUnreadyModelIsUnavailable() {
        for (String path : new String[] {"/v1/models/broken:predict", "/invocations"}) {
            given().contentType("application/json")
                    .body("{\"instances\":[[1]]}")
                    .post(path)
                    .then()
                    .statusCode(503)
                    .body("code", equalTo("MODEL_NOT_READY"));
        }
        given().get("/v1/models/broken")
                .then()
                .statusCode(503)
                .body("name", equalTo("broken"))
                .body("ready", equalTo(false))
                .body("model_version_status.version", contains("1"))
                .body("model_version_status.state", contains("END"))
                .body("model_version_status[0].status.error_code", equalTo("UNKNOWN"));
        given().get("/ping").then().statusCode(503).body(equalTo("{\"ready\":false}"));
    }

    @Test
    void anOpaqueDeploymentHasOneStatisticHoweverManyVersionsAreLoaded() {
        given().get("/v2/models/secretive/stats").then().statusCode(200).body("model_stats.version", contains(""));
    }

    @Test
    void anOpaqueDeploymentTellsNothingOfItsVersions() {
        given().get("/v1/models/opaque")
                .then()
                .statusCode(200)
                .body("ready", equalTo(true))
                .body("model_version_status", nullValue());
        given().get("/v1/models/opaque/versions/1").then().statusCode(404);
        Response response = given().body("{\"instances\":[[5.1,3.5,1.4,0.2]]}").post("/v1/models/opaque:predict");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.asString()).doesNotContain("model_version");
        assertThat(response.header("Weir-Model-Version")).isNull();
        assertThat(response.header("Weir-Variant")).isNull();
        assertThat(response.header("Weir-Prediction-Id")).isNotBlank();
    }
}
