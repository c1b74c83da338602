package dev.weir.api.rows;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What v1 and invocations say of a model that could not be loaded, and of one that discloses nothing. */
@QuarkusTest
@TestProfile(UnreadyModelsTest.BrokenByDefault.class)
class UnreadyModelsTest {

    public static class BrokenByDefault implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            try {
                Path directory = Files.createDirectories(Path.of("target/unready-deployments"));
                write(directory, "broken", "  model: nothing\n  version: \"1\"\n  required: false\n");
                write(directory, "discreet", "  model: iris\n  version: \"1\"\n  disclose: opaque\n");
                write(
                        directory,
                        "secretive",
                        "  model: breast-cancer\n  version: \"2\"\n  standby: [\"1\"]\n  disclose: opaque\n");
                return Map.of(
                        "weir.deployments.directory",
                        directory.toAbsolutePath().toString(),
                        "weir.serving.default-deployment",
                        "broken");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static void write(Path directory, String name, String spec) throws IOException {
            Files.writeString(
                    directory.resolve(name + ".yaml"),
                    "apiVersion: weir.dev/v1\nkind: ModelDeployment\nmetadata:\n  name: " + name + "\nspec:\n" + spec);
        }
    }

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
        given().get("/v1/models/discreet")
                .then()
                .statusCode(200)
                .body("ready", equalTo(true))
                .body("model_version_status", nullValue());
        given().get("/v1/models/discreet/versions/1").then().statusCode(404);
        Response response = given().body("{\"instances\":[[5.1,3.5,1.4,0.2]]}").post("/v1/models/discreet:predict");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.asString()).doesNotContain("model_version");
        assertThat(response.header("Weir-Model-Version")).isNull();
        assertThat(response.header("Weir-Variant")).isNull();
        assertThat(response.header("Weir-Prediction-Id")).isNotBlank();
    }
}
