package dev.weir.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@SuppressWarnings("deprecation") // it is the registry that the platform brings
class MetersTest {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    private static String[] values(Meters meter) {
        return meter.labels().stream().map(label -> "some-" + label).toArray(String[]::new);
    }

    private String scrape() {
        return prometheus.scrape().replace(",}", "}");
    }

    @Test
    void shouldNameEveryMeterOnce() {
        assertThat(Arrays.stream(Meters.values()).map(Meters::prometheusName)).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @EnumSource
    void shouldHaveANameThatPrometheusTakesAsItIs(Meters meter) {
        assertThat(meter.prometheusName()).matches("weir(_[a-z]+)+").doesNotEndWith("_total");
    }

    @ParameterizedTest
    @EnumSource
    void shouldHaveLabelsThatPrometheusTakesAsTheyAre(Meters meter) {
        assertThat(meter.labels()).allMatch(label -> label.matches("[a-z]+(_[a-z]+)*"));
        assertThat(new HashSet<>(meter.labels())).hasSameSizeAs(meter.labels());
    }

    @ParameterizedTest
    @EnumSource
    void shouldSayWhatItMeasures(Meters meter) {
        assertThat(meter.help()).endsWith(".").hasSizeGreaterThan(10);
    }

    @ParameterizedTest
    @EnumSource
    void shouldNotTakeTooFewOrTooManyLabels(Meters meter) {
        String[] tooMany = Arrays.copyOf(values(meter), meter.labels().size() + 1);
        tooMany[meter.labels().size()] = "more";

        assertThatIllegalArgumentException()
                .isThrownBy(() -> meter.counter(registry, tooMany))
                .withMessageContaining(meter.meterName());
        if (!meter.labels().isEmpty()) {
            assertThatIllegalArgumentException().isThrownBy(() -> meter.counter(registry));
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldPutEachValueUnderItsLabel(Meters meter) {
        assertThat(meter.counter(registry, values(meter)).getId().getTags())
                .containsExactlyInAnyOrderElementsOf(meter.labels().stream()
                        .map(label -> Tag.of(label, "some-" + label))
                        .toList());
    }

    @ParameterizedTest
    @EnumSource
    void shouldReachPrometheusUnderItsNameAsAGauge(Meters meter) {
        meter.gauge(prometheus, this, it -> 1, values(meter));

        assertThat(scrape().lines().filter(line -> !line.startsWith("#")))
                .singleElement()
                .satisfies(line ->
                        assertThat(line).startsWith(meter.prometheusName()).endsWith(" 1.0"));
    }

    @Test
    void shouldReachPrometheusAsACounter() {
        Meters.REJECTED.counter(prometheus, "QUEUE_FULL").increment();

        assertThat(scrape())
                .contains("# HELP weir_rejected_total Requests turned away for lack of room.")
                .contains("# TYPE weir_rejected_total counter")
                .contains("weir_rejected_total{reason=\"QUEUE_FULL\"} 1.0");
    }

    @Test
    void shouldReachPrometheusAsAHistogramInSeconds() {
        Meters.MODEL_LOAD_DURATION.timer(prometheus, "ok").record(Duration.ofMillis(3));

        assertThat(scrape())
                .contains("# TYPE weir_model_load_duration_seconds histogram")
                .contains("weir_model_load_duration_seconds_bucket{result=\"ok\",le=\"0.0025\"} 0.0")
                .contains("weir_model_load_duration_seconds_bucket{result=\"ok\",le=\"0.005\"} 1.0")
                .contains("weir_model_load_duration_seconds_sum{result=\"ok\"} 0.003");
    }

    @Test
    void shouldKeepAGaugesSourceAlive() {
        Meters.IN_FLIGHT.gauge(registry, new int[] {7}, source -> source[0]);
        System.gc();

        assertThat(registry.get("weir.in.flight").gauge().value()).isEqualTo(7);
    }
}
