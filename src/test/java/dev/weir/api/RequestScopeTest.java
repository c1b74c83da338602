package dev.weir.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.RequestRejected;
import dev.weir.fixture.ManualTicker;
import dev.weir.inference.PredictionId;
import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import dev.weir.routing.Route;
import dev.weir.routing.Variant;
import dev.weir.serving.InFlight;
import dev.weir.serving.PredictionIds;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jboss.logmanager.ExtLogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RequestScopeTest {

    private static final String TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final ManualTicker ticker = new ManualTicker();
    private final InFlight inFlight = new InFlight(registry);
    private final RequestMeters meters = new RequestMeters(registry, ticker, inFlight);
    private final Logger logger = Logger.getLogger(RequestScope.class.getName());
    private final List<ExtLogRecord> lines = new ArrayList<>();
    private final Handler collector = new Handler() {
        @Override
        public void publish(LogRecord line) {
            lines.add((ExtLogRecord) line);
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
    void logsAFailureWithRequestIdTraceAndCode() {
        RequestScope scope = meters.begin(Protocol.V2, TRACEPARENT);
        scope.identify("order-17", "X-Request-Id");
        scope.deployment("iris");
        scope.failed(new PredictionFailed(FailureCode.EXECUTION_FAILED, "the model failed"));
        assertThat(lines).singleElement().satisfies(line -> {
            assertThat(line.getMessage()).isEqualTo("request failed");
            assertThat(line.getMdc("requestId")).isEqualTo("order-17");
            assertThat(line.getMdc("traceId")).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
            assertThat(line.getMdc("spanId")).isEqualTo("00f067aa0ba902b7");
            assertThat(line.getMdc("deployment")).isEqualTo("iris");
            assertThat(line.getMdc("code")).isEqualTo("EXECUTION_FAILED");
        });
    }

    @Test
    void logsAFailureOnceWithItsCauseAndWhoMadeTheAttempt() {
        RequestScope scope = meters.begin(Protocol.V2, TRACEPARENT);
        PredictionId attempt = new PredictionIds().next();
        Variant variant = new Variant("standby-2", new VersionRef("iris", "2"), VariantRole.STANDBY);
        IllegalStateException cause = new IllegalStateException("native");
        scope.deployment("flowers");
        scope.routed(attempt, Route.to(variant, Route.Reason.PINNED));
        scope.failed(new PredictionFailed(FailureCode.EXECUTION_FAILED, "the model failed", cause));
        assertThat(lines).singleElement().satisfies(line -> {
            assertThat(line.getThrown()).isSameAs(cause);
            assertThat(line.getMdcCopy())
                    .containsEntry("predictionId", attempt.toString())
                    .containsEntry("model", "iris")
                    .containsEntry("modelVersion", "2")
                    .containsEntry("variant", "standby-2");
        });
    }

    @ParameterizedTest
    @EnumSource(
            names = {"QUEUE_FULL", "BYTE_BUDGET_EXHAUSTED", "SHUTTING_DOWN", "MODEL_NOT_READY", "DEADLINE_EXCEEDED"})
    void warnsOfWhatWasNotServed(FailureCode code) {
        meters.begin(Protocol.V2, null).failed(new PredictionFailed(code, "not now"));
        assertThat(lines).singleElement().satisfies(line -> {
            assertThat(line.getMessage()).isEqualTo("request not served");
            assertThat(line.getLevel()).isEqualTo(org.jboss.logmanager.Level.WARN);
            assertThat(line.getMdc("code")).isEqualTo(code.name());
            assertThat(line.getMdc("count")).isEqualTo("1");
        });
    }

    @Test
    void warnsOncePerSecondAndCodeAndTellsOfHowMany() {
        logger.setLevel(Level.WARNING);
        PredictionFailed late = new PredictionFailed(FailureCode.DEADLINE_EXCEEDED, "late");
        for (int i = 0; i < 100; i++) {
            meters.begin(Protocol.V2, null).failed(late);
        }
        meters.begin(Protocol.V2, null).failed(new PredictionFailed(FailureCode.MODEL_NOT_READY, "not ready"));
        ticker.advance(Duration.ofSeconds(1));
        meters.begin(Protocol.V2, null).failed(late);
        assertThat(lines)
                .extracting(line -> line.getMdc("code") + " " + line.getMdc("count"))
                .containsExactly("DEADLINE_EXCEEDED 1", "MODEL_NOT_READY 1", "DEADLINE_EXCEEDED 100");
    }

    @Test
    void logsARefusalBelowInfoOnly() {
        meters.begin(Protocol.V2, null).failed(new RequestRejected(FailureCode.EMPTY_BATCH, "empty", "shape"));
        assertThat(lines)
                .singleElement()
                .satisfies(line -> assertThat(line.getLevel().intValue()).isLessThan(Level.INFO.intValue()));
    }

    @Test
    void endsOnce() {
        RequestScope scope = meters.begin(Protocol.V2, null);
        scope.succeeded();
        scope.failed(new PredictionFailed(FailureCode.CANCELLED, "gone"));
        scope.succeeded();
        assertThat(registry.get("weir.requests").counters()).singleElement().satisfies(counter -> {
            assertThat(counter.getId().getTag("result")).isEqualTo("ok");
            assertThat(counter.count()).isEqualTo(1);
        });
    }

    @Test
    void staysInFlightUntilItsAnswerIsOut() {
        RequestScope scope = meters.begin(Protocol.V2, null);
        scope.succeeded();
        assertThat(inFlight.count()).isEqualTo(1);
        scope.left();
        scope.left();
        assertThat(inFlight.count()).isZero();
    }

    @Test
    void keepsItsOwnIdWhenTheCallersIsHostile() {
        RequestScope scope = meters.begin(Protocol.V2, null);
        String own = scope.id().value();
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> scope.identify("a\r\nb", "X-Request-Id")))
                .isInstanceOf(RequestRejected.class);
        assertThat(scope.id().value()).isEqualTo(own);
    }
}
