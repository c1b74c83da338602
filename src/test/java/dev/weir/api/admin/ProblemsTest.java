package dev.weir.api.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.fixture.LogLines;
import jakarta.ws.rs.container.ContainerRequestContext;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

class ProblemsTest {

    /** A request with an id and a trace context. */
    private static ContainerRequestContext request() {
        return (ContainerRequestContext) Proxy.newProxyInstance(
                ProblemsTest.class.getClassLoader(),
                new Class<?>[] {ContainerRequestContext.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "getHeaderString" ->
                        arguments[0].equals("traceparent")
                                ? "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
                                : null;
                    case "getProperty" -> arguments[0].equals(AdminGate.REQUEST_ID) ? "order-17" : null;
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    @Test
    void logsAFaultOfTheServerWithItsTraceAndCause() {
        IllegalStateException cause = new IllegalStateException("broken");
        try (LogLines log = LogLines.of(Problems.class)) {
            new Problems().map(new PredictionFailed(FailureCode.INTERNAL_ERROR, "the server failed", cause), request());

            assertThat(log.lines()).singleElement().satisfies(line -> {
                assertThat(line.getThrown()).isSameAs(cause);
                assertThat(line.getMdcCopy())
                        .containsEntry("requestId", "order-17")
                        .containsEntry("traceId", "4bf92f3577b34da6a3ce929d0e0e4736")
                        .containsEntry("spanId", "00f067aa0ba902b7");
            });
        }
    }
}
