package dev.weir.servable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.Artifacts;
import dev.weir.fixture.FakeModel;
import dev.weir.fixture.ManualTicker;
import dev.weir.fixture.Tensors;
import dev.weir.inference.Tensor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchTrialTest {

    private static final GoldenSample SAMPLE =
            new GoldenSample("a sample", List.of(Tensors.fp32("x", 7)), List.of(Tensors.fp32("y", 7)), 1e-6, 0);

    @TempDir
    Path directory;

    private final ManualTicker ticker = new ManualTicker();

    private ModelManifest manifest(GoldenSample... golden) {
        return Artifacts.in(directory)
                .promising(FakeModel.SIGNATURE)
                .golden(golden)
                .holding(new byte[] {1})
                .manifest();
    }

    /** A model whose runs take so long, and so much longer per row. */
    private FakeModel model(Duration perCall, Duration perRow, UnaryOperator<Tensor> function) {
        return FakeModel.computing(x -> {
            ticker.advance(perCall.plus(perRow.multipliedBy(x.shape().dimension(0))));
            return function.apply(x);
        });
    }

    private static Tensor echo(Tensor x) {
        return Tensors.fp32("y", Tensors.floats(x));
    }

    private boolean pays(FakeModel model, ModelManifest manifest) {
        return BatchTrial.pays(model, manifest, ticker, new Cancellation());
    }

    @Test
    void shouldPayWhereTheCallCostsMoreThanTheRow() {
        FakeModel model = model(Duration.ofNanos(10_000), Duration.ofNanos(1_000), BatchTrialTest::echo);

        assertThat(pays(model, manifest(SAMPLE))).isTrue();
    }

    @Test
    void shouldNotPayWhereTheRowIsAllTheCost() {
        FakeModel model = model(Duration.ofNanos(1_000), Duration.ofNanos(10_000), BatchTrialTest::echo);

        assertThat(pays(model, manifest(SAMPLE))).isFalse();
    }

    @Test
    void shouldNotPayWhereARunIsLong() {
        FakeModel model = model(Duration.ofMillis(3), Duration.ZERO, BatchTrialTest::echo);

        assertThat(pays(model, manifest(SAMPLE))).isFalse();
    }

    @Test
    void shouldNotPayWhereTheAnswerIsAnotherAmongOthers() {
        FakeModel model = model(Duration.ofNanos(10_000), Duration.ofNanos(1), x -> {
            float[] values = Tensors.floats(x);
            if (values.length > 1) {
                values[values.length - 1] += 1;
            }
            return Tensors.fp32("y", values);
        });

        assertThat(pays(model, manifest(SAMPLE))).isFalse();
    }

    @Test
    void shouldNotPayWhereTheModelFailsOnSeveral() {
        FakeModel model = model(Duration.ofNanos(10_000), Duration.ofNanos(1), x -> {
            if (x.shape().dimension(0) > 1) {
                throw new IllegalArgumentException("one row only");
            }
            return echo(x);
        });

        assertThat(pays(model, manifest(SAMPLE))).isFalse();
    }

    @Test
    void shouldNotTryWithoutGoldenSamples() {
        FakeModel model = model(Duration.ofNanos(10_000), Duration.ofNanos(1), BatchTrialTest::echo);

        assertThat(pays(model, manifest())).isFalse();
        assertThat(model.runs()).isZero();
    }
}
