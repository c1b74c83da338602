package dev.weir.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.Artifacts;
import dev.weir.fixture.Tensors;
import dev.weir.inference.DataType;
import dev.weir.inference.Tensor;
import dev.weir.servable.Cancellation;
import dev.weir.servable.LoadedModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What one call costs on PyTorch and on ONNX Runtime, for the same tiny model, on one thread: a report for people, which
 * no build runs by itself. {@code .ci/pytorch.sh TorchOverheadReport} does.
 */
class TorchOverheadReport {

    private static final int PAIRS = 7;
    private static final int CALLS = 20_000;

    @TempDir
    Path directory;

    @Test
    void shouldTellTheRatio() {
        Artifacts onnx =
                Artifacts.in(directory.resolve("onnx")).promising(TorchModels.linearSignature(DataType.INT64, -1));
        List<Double> ratios = new ArrayList<>();
        try (LoadedModel slower = new TorchScriptFormat(TorchModels.STATE)
                        .load(TorchModels.linear(directory.resolve("torch"), "linear"));
                LoadedModel faster = new OnnxFormat().load(onnx.holding("linear"))) {
            for (int i = 0; i < PAIRS + 2; i++) {
                double torch = nanos(slower);
                double ort = nanos(faster);
                System.out.printf("pytorch %.0f ns, onnxruntime %.0f ns, ratio %.2f%n", torch, ort, torch / ort);
                if (i >= 2) {
                    ratios.add(torch / ort);
                }
            }
        }
        Collections.sort(ratios);
        System.out.printf(
                "one row of three through a 3x2 linear model: ratio %.2f, the median of %d pairs (%.2f to %.2f)%n",
                ratios.get(PAIRS / 2), PAIRS, ratios.getFirst(), ratios.getLast());
        assertThat(ratios).hasSize(PAIRS);
    }

    private static double nanos(LoadedModel model) {
        List<Tensor> inputs = List.of(Tensors.fp32("features", new long[] {1, 3}, 1, 2, 3));
        List<String> outputs = List.of("scores", "label");
        long begun = System.nanoTime();
        for (int i = 0; i < CALLS; i++) {
            model.run(inputs, outputs, new Cancellation());
        }
        return (System.nanoTime() - begun) / (double) CALLS;
    }
}
