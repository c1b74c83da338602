package dev.weir.health;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.startsWith;

import dev.weir.deployment.ServingState;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What every probe says of a server that has nothing to serve, and then of one that is on its way out. */
@QuarkusTest
@TestProfile(UnreadyServerTest.NothingDeployed.class)
class UnreadyServerTest {

    public static class NothingDeployed implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            try {
                Path directory = Files.createDirectories(Path.of("target/no-deployments"));
                return Map.of(
                        "weir.deployments.directory", directory.toAbsolutePath().toString());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @TestHTTPResource(value = "/health/ready", management = true)
    URI readiness;

    @TestHTTPResource(value = "/health/live", management = true)
    URI liveness;

    @Inject
    ServingState state;

    @Test
    void isUnreadyAndAlive() {
        given().get(readiness)
                .then()
                .statusCode(503)
                .body("status", equalTo("DOWN"))
                .body("checks.find { it.name == 'serving' }.data.reason", startsWith("nothing is deployed"));
        given().get("/v2/health/ready").then().statusCode(503);
        given().get("/ping").then().statusCode(503);
        given().get("/api/v1/deployments").then().statusCode(200).body("ready", equalTo(false));
        given().get(liveness).then().statusCode(200);

        state.drain();

        given().get(readiness)
                .then()
                .statusCode(503)
                .body("checks.find { it.name == 'serving' }.data.draining", equalTo(true));
        given().body("{}").post("/v2/models/iris/infer").then().statusCode(503).body("code", equalTo("SHUTTING_DOWN"));
        given().get(liveness).then().statusCode(200);
        given().get("/v2/health/live").then().statusCode(200);
    }
}
