package dev.weir.format;

import dev.weir.fixture.Artifacts;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.TensorSpec;
import dev.weir.servable.ModelArtifact;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/** The TorchScript models of the tests, as artifacts. */
final class TorchModels {

    /** One directory for the process: what is unpacked there can be loaded only once. */
    static final Path STATE = Path.of("target", "test-state");

    private TorchModels() {}

    static byte[] bytes(String model) {
        try (InputStream in = TorchModels.class.getResourceAsStream("/torchscript/" + model + ".pt")) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Artifacts artifact(Path place, ModelSignature promised) {
        return Artifacts.in(place).format("torchscript").promising(promised);
    }

    static ModelArtifact linear(Path place, String model) {
        return artifact(place, linearSignature(DataType.INT64, -1)).holding(bytes(model));
    }

    static ModelSignature linearSignature(DataType label, long... labelShape) {
        return new ModelSignature(
                List.of(TensorSpec.of("features", DataType.FP32, -1, 3)),
                List.of(TensorSpec.of("scores", DataType.FP32, -1, 2), TensorSpec.of("label", label, labelShape)),
                true);
    }

    /** A model of one input {@code x} and one output {@code y}, both vectors. */
    static ModelArtifact vector(Path place, String model, DataType x, DataType y) {
        return artifact(place, signature(TensorSpec.of("x", x, -1), TensorSpec.of("y", y, -1)))
                .holding(bytes(model));
    }

    static ModelSignature signature(TensorSpec input, TensorSpec output) {
        return new ModelSignature(List.of(input), List.of(output), false);
    }
}
