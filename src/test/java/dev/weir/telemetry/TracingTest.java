package dev.weir.telemetry;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.TraceCollector;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;

/**
 * With an endpoint set, traces leave, and continue the caller's; a real HTTP collector receives them. The
 * server may be draining, for it is shared with the test of that.
 */
@QuarkusTest
@TestProfile(TracingTest.WithCollector.class)
public class TracingTest {

    private static final byte[] TRACE_ID = {
        0x4b,
        (byte) 0xf9,
        0x2f,
        0x35,
        0x77,
        (byte) 0xb3,
        0x4d,
        (byte) 0xa6,
        (byte) 0xa3,
        (byte) 0xce,
        (byte) 0x92,
        (byte) 0x9d,
        0x0e,
        0x0e,
        0x47,
        0x36
    };

    public static class WithCollector implements QuarkusTestProfile {
        @Override
        public List<TestResourceEntry> testResources() {
            return List.of(new TestResourceEntry(TraceCollector.class));
        }
    }

    @Test
    void exportsASpanOfTheCallersTrace() {
        assertThat(ConfigProvider.getConfig().getValue("quarkus.otel.sdk.disabled", Boolean.class))
                .isFalse();
        given().header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
                .get("/v2/models/iris")
                .then()
                .statusCode(200);
        String wanted = new String(TRACE_ID, StandardCharsets.ISO_8859_1);
        Awaitility.await().untilAsserted(() -> assertThat(TraceCollector.received())
                .anySatisfy(body -> assertThat(body).contains(wanted)));
    }
}
