package dev.weir.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.ConfigurationRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.RequestRejected;
import dev.weir.failure.WeirException;
import dev.weir.inference.RequestId;
import dev.weir.inference.Settlement;
import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ServableStatistics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class SettlementsTest {

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Settlements settlements = new Settlements(meters);

    private void publish(Settlement.Result result) {
        settlements.publish(
                new Settlement(
                        new PredictionIds().next(),
                        new RequestId("r"),
                        "flowers",
                        new VersionRef("iris", "2"),
                        "primary",
                        VariantRole.PRIMARY,
                        result,
                        null,
                        3,
                        Instant.EPOCH,
                        new Settlement.Timing(1, 2, 3, 4)),
                new ServableStatistics());
    }

    @ParameterizedTest
    @EnumSource
    void shouldCountEveryEndUnderItsResult(Settlement.Result result) {
        publish(result);
        publish(result);

        assertThat(meters.get("weir.executions")
                        .tags("model_deployment", "flowers", "model", "iris", "version", "2", "variant", "primary")
                        .tags("role", "primary", "result", result.word())
                        .counter()
                        .count())
                .isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(names = "OK", mode = EnumSource.Mode.EXCLUDE)
    void shouldNotCountRowsThatWereNotAnswered(Settlement.Result result) {
        publish(result);

        assertThat(meters.get("weir.rows").counter().count()).isZero();
    }

    @Test
    void shouldCountTheRowsThatWereAnswered() {
        publish(Settlement.Result.OK);

        assertThat(meters.get("weir.rows").counter().count()).isEqualTo(3);
    }

    @Test
    void shouldTimeThePhasesOfAnAnswer() {
        publish(Settlement.Result.OK);

        assertThat(Stream.of("queue", "input", "compute", "output").map(phase -> meters.get("weir.phase.duration")
                        .tag("phase", phase)
                        .timer()
                        .totalTime(TimeUnit.NANOSECONDS)))
                .containsExactly(1.0, 2.0, 3.0, 4.0);
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(new Overloaded(FailureCode.QUEUE_FULL, "", Duration.ZERO), Settlement.Result.REJECTED),
                Arguments.of(new Overloaded(FailureCode.SHUTTING_DOWN, "", Duration.ZERO), Settlement.Result.REJECTED),
                Arguments.of(new PredictionFailed(FailureCode.DEADLINE_EXCEEDED, ""), Settlement.Result.TIMEOUT),
                Arguments.of(new PredictionFailed(FailureCode.CANCELLED, ""), Settlement.Result.CANCELLED),
                Arguments.of(new PredictionFailed(FailureCode.EXECUTION_FAILED, ""), Settlement.Result.ERROR),
                Arguments.of(new RequestRejected(FailureCode.UNSUPPORTED_VALUE, ""), Settlement.Result.REFUSED),
                Arguments.of(new ArtifactRejected(""), Settlement.Result.ERROR),
                Arguments.of(new ConfigurationRejected(List.of("")), Settlement.Result.ERROR));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void shouldTellEveryFailuresResult(WeirException failure, Settlement.Result result) {
        assertThat(Settlements.result(failure)).isEqualTo(result);
    }
}
