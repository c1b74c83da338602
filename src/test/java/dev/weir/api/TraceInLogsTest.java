package dev.weir.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.LogLines;
import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A caller's trace context reaches the log, whatever protocol it comes by. */
@QuarkusTest
class TraceInLogsTest {

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String SPAN = "00f067aa0ba902b7";

    private final LogLines log = LogLines.of(RequestScope.class);

    @AfterEach
    void stopListening() {
        log.close();
    }

    @Test
    void putsTheTraceOnTheLineOfARefusedRequest() {
        for (String path : new String[] {"/v2/models/iris/infer", "/v1/models/iris:predict"}) {
            log.lines().clear();
            given().header("traceparent", "00-" + TRACE + "-" + SPAN + "-01")
                    .header("X-Request-Id", "order-17")
                    .contentType("application/json")
                    .body("{}")
                    .post(path)
                    .then()
                    .statusCode(400);

            assertThat(log.lines()).singleElement().satisfies(line -> assertThat(line.getMdcCopy())
                    .containsEntry("traceId", TRACE)
                    .containsEntry("spanId", SPAN)
                    .containsEntry("requestId", "order-17")
                    .containsEntry("deployment", "iris"));
        }
    }

    @Test
    void putsTheRouteOnTheLineOfARequestThatTookTooLong() {
        given().header("traceparent", "00-" + TRACE + "-" + SPAN + "-01")
                .contentType("application/json")
                .body("{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[1,4],"
                        + "\"data\":[5.1,3.5,1.4,0.2]}],\"parameters\":{\"timeout\":1}}")
                .post("/v2/models/iris/infer")
                .then()
                .statusCode(504);

        assertThat(log.lines()).singleElement().satisfies(line -> {
            assertThat(line.getMessage()).isEqualTo("request not served");
            assertThat(line.getMdcCopy())
                    .containsEntry("traceId", TRACE)
                    .containsEntry("model", "iris")
                    .containsEntry("modelVersion", "1")
                    .containsEntry("variant", "primary")
                    .containsKey("predictionId");
        });
    }
}
