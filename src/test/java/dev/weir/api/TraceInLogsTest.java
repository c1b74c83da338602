package dev.weir.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jboss.logmanager.ExtLogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A caller's trace context reaches the log, whatever protocol it comes by. */
@QuarkusTest
class TraceInLogsTest {

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String SPAN = "00f067aa0ba902b7";

    private final Logger logger = Logger.getLogger(RequestScope.class.getName());
    private final Queue<ExtLogRecord> lines = new ConcurrentLinkedQueue<>();
    private final Handler collector = new Handler() {
        @Override
        public void publish(LogRecord line) {
            lines.add(ExtLogRecord.wrap(line));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        collector.setLevel(Level.ALL);
        logger.setLevel(Level.ALL);
        logger.addHandler(collector);
    }

    @AfterEach
    void stopListening() {
        logger.removeHandler(collector);
        logger.setLevel(null);
    }

    @Test
    void putsTheTraceOnTheLineOfARefusedRequest() {
        for (String path : new String[] {"/v2/models/iris/infer", "/v1/models/iris:predict"}) {
            lines.clear();
            given().header("traceparent", "00-" + TRACE + "-" + SPAN + "-01")
                    .header("X-Request-Id", "order-17")
                    .contentType("application/json")
                    .body("{}")
                    .post(path)
                    .then()
                    .statusCode(400);

            assertThat(lines).singleElement().satisfies(line -> assertThat(line.getMdcCopy())
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

        assertThat(lines).singleElement().satisfies(line -> {
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
