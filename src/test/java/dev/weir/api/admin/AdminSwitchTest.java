package dev.weir.api.admin;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.Map;
import org.junit.jupiter.api.Test;

@QuarkusTest
@TestProfile(AdminSwitchTest.Off.class)
class AdminSwitchTest {

    public static class Off implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("weir.api.admin-enabled", "false");
        }
    }

    @Test
    void hasNoOwnApiWhenItIsSwitchedOff() {
        given().get("/api/v1/server").then().statusCode(404).body("code", equalTo("NOT_FOUND"));
        given().get("/v2/health/live").then().statusCode(200);
    }
}
