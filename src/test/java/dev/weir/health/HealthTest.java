package dev.weir.health;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.util.Arrays;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;

/** Probes and metrics on the management port, and the protocol's own health on the main one. */
@QuarkusTest
class HealthTest {

    @TestHTTPResource(value = "/health/ready", management = true)
    URI readiness;

    @TestHTTPResource(value = "/health/live", management = true)
    URI liveness;

    @TestHTTPResource(value = "/metrics", management = true)
    URI metrics;

    @Test
    void isReadyWhenEveryRequiredDeploymentServes() {
        given().get(readiness)
                .then()
                .statusCode(200)
                .body("status", equalTo("UP"))
                .body("checks.name", hasItem("serving"))
                .body("checks.find { it.name == 'serving' }.data.unready", equalTo(0));
    }

    @Test
    void isAlive() {
        given().get(liveness).then().statusCode(200).body("status", equalTo("UP"));
    }

    @Test
    void answersTheProtocolsHealthWithBothWords() {
        for (String path : new String[] {"/v2/health/live", "/v2/health/ready"}) {
            given().get(path).then().statusCode(200).body("live", equalTo(true)).body("ready", equalTo(true));
        }
        given().get("/v2/models/iris/ready").then().statusCode(200).body("ready", equalTo(true));
        given().get("/v2/models/iris/versions/1/ready").then().statusCode(200);
        given().get("/v2/models/nope/ready").then().statusCode(404).body("code", equalTo("UNKNOWN_MODEL"));
    }

    @Test
    void keepsProbesAndMetricsOffTheMainPort() {
        given().get("/q/health").then().statusCode(404);
        given().get("/q/metrics").then().statusCode(404);
    }

    @Test
    void exportsWhatCallersSawAndWhatVariantsDid() {
        given().body("{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[1,4],"
                        + "\"data\":[5.1,3.5,1.4,0.2]}]}")
                .post("/v2/models/iris/infer")
                .then()
                .statusCode(200);
        given().body("{}").post("/v2/models/iris/infer").then().statusCode(400);
        String text = scrape();
        assertThat(text)
                .contains("weir_requests_total{model_deployment=\"iris\",protocol=\"v2\",result=\"ok\"}")
                .contains("weir_requests_total{model_deployment=\"iris\",protocol=\"v2\",result=\"refused\"}")
                .contains("weir_executions_total{model=\"iris\",model_deployment=\"iris\",result=\"ok\","
                        + "role=\"primary\",variant=\"primary\",version=\"1\"}")
                .contains("weir_request_duration_seconds_bucket{model_deployment=\"iris\"")
                .contains("weir_phase_duration_seconds_count{model_deployment=\"iris\",phase=\"compute\"}")
                .contains("weir_input_violations_total{kind=\"missing_field\"}")
                .contains("weir_model_ready{model_deployment=\"iris\"} 1")
                .contains("weir_model_info{")
                .contains("weir_byte_budget_capacity_bytes")
                .contains("weir_routing_config_info{digest=\"sha256:");
    }

    @Test
    void addsNoSeriesForWhatCallersMakeUp() {
        given().body("{}").post("/v2/models/nope-0/infer");
        long before = series();
        for (int i = 0; i < 200; i++) {
            given().header("X-Request-Id", "made-up-" + i)
                    .body("{}")
                    .post("/v2/models/nope-" + i + "/infer")
                    .then()
                    .statusCode(404);
        }
        assertThat(series()).isEqualTo(before);
    }

    private String scrape() {
        return given().accept("text/plain").get(metrics).asString().replace(",}", "}");
    }

    private long series() {
        return Arrays.stream(scrape().split("\n"))
                .filter(line -> line.startsWith("weir_"))
                .count();
    }

    @Test
    void exportsNoTracesWithoutAnEndpoint() {
        assertThat(ConfigProvider.getConfig().getValue("quarkus.otel.sdk.disabled", Boolean.class))
                .isTrue();
    }
}
