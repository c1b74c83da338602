package dev.weir.api.admin;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;

import dev.weir.api.TightServer;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import org.junit.jupiter.api.Test;

@QuarkusTest
@TestProfile(TightServer.class)
class AdminSwitchTest {

    @Test
    void hasNoOwnApiWhenItIsSwitchedOff() {
        given().get("/api/v1/server").then().statusCode(404).body("code", equalTo("NOT_FOUND"));
        given().get("/v2/health/live").then().statusCode(200);
    }
}
