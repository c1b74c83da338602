package dev.weir.api.admin;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.api.Test;

@QuarkusTest
class AdminApiTest {

    @Test
    void tellsWhatThisServerIs() {
        given().get("/api/v1/server")
                .then()
                .statusCode(200)
                .header("X-Request-Id", notNullValue())
                .body("name", equalTo("weir"))
                .body("incarnation", greaterThan(0));
    }

    @Test
    void listsDeploymentsWithTheirVariants() {
        given().get("/api/v1/deployments")
                .then()
                .statusCode(200)
                .body("ready", equalTo(true))
                .body("configDigest", startsWith("sha256:"))
                .body("deployments.name", hasItems("iris", "breast-cancer", "digits", "diabetes", "penguins"))
                .body("deployments.find { it.name == 'breast-cancer' }.variants.version", hasItems("2", "1"))
                .body("deployments.find { it.name == 'breast-cancer' }.variants.version", not(hasItems("3")));
    }

    @Test
    void showsOneDeployment() {
        given().get("/api/v1/deployments/iris").then().statusCode(200).body("name", equalTo("iris"));
    }

    @Test
    void listsVersionsWithTheirStates() {
        given().get("/api/v1/versions").then().statusCode(200).body("state", hasItems("READY"));
    }

    @Test
    void describesProblemsWithACode() {
        given().header("X-Request-Id", "r-1")
                .get("/api/v1/deployments/nope")
                .then()
                .statusCode(404)
                .contentType("application/problem+json")
                .header("X-Request-Id", "r-1")
                .body("code", equalTo("UNKNOWN_MODEL"))
                .body("status", equalTo(404))
                .body("request_id", equalTo("r-1"));
        given().get("/api/v1/nope").then().statusCode(404).body("code", equalTo("NOT_FOUND"));
        given().post("/api/v1/deployments").then().statusCode(405).body("code", equalTo("METHOD_NOT_ALLOWED"));
    }

    @Test
    void namesTheLimitThatIsPassed() {
        given().header("X-Request-Id", "a".repeat(129))
                .get("/api/v1/server")
                .then()
                .statusCode(400)
                .body("code", equalTo("INVALID_ID"))
                .body("limit", equalTo(128));
    }

    @Test
    void answersNotAcceptableToACallerWhoTakesNoJson() {
        given().accept("text/csv").get("/api/v1/server").then().statusCode(406).body("code", equalTo("NOT_ACCEPTABLE"));
    }

    @Test
    void refusesHostileRequestIds() {
        given().header("X-Request-Id", "a b<c>")
                .get("/api/v1/server")
                .then()
                .statusCode(400)
                .body("code", equalTo("INVALID_ID"))
                .header("X-Request-Id", not(equalTo("a b<c>")));
    }
}
