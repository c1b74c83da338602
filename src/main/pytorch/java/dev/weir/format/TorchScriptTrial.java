package dev.weir.format;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.inference.Shape;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorAllocator;
import dev.weir.inference.TensorSpec;
import dev.weir.servable.Cancellation;
import dev.weir.servable.LoadedModel;
import dev.weir.servable.ModelManifest;
import java.util.ArrayList;
import java.util.List;

/**
 * The first run of a TorchScript model, which shows what its file does not say: names, types and ranks of the outputs.
 * It takes the first golden sample, or else zeros, which a model may dislike; then callers' runs are held against the
 * signature all the same, each for itself.
 */
final class TorchScriptTrial {

    /** What a made-up tensor may take; larger ones are not worth it. */
    private static final long MAX_TENSOR_BYTES = 64L << 20;

    private TorchScriptTrial() {}

    /**
     * Runs a model once.
     *
     * @throws ArtifactRejected naming the output that is not as the manifest promises, or when the model fails on a
     *     golden sample
     */
    static void run(LoadedModel model, ModelManifest manifest) {
        boolean golden = !manifest.golden().isEmpty();
        List<Tensor> inputs = golden
                ? manifest.golden().getFirst().inputs()
                : zeros(manifest.signature().inputs());
        List<String> outputs =
                manifest.signature().outputs().stream().map(TensorSpec::name).toList();
        if (inputs.size() < manifest.signature().inputs().size()) {
            return; // zeros too large to make up, or a sample that the load gate refuses with its own words
        }
        try {
            model.run(inputs, outputs, new Cancellation());
        } catch (PredictionFailed e) {
            if (golden || e.code() == FailureCode.INVALID_OUTPUT) {
                throw new ArtifactRejected(e.publicMessage(), e);
            }
        }
    }

    private static List<Tensor> zeros(List<TensorSpec> specs) {
        List<Tensor> tensors = new ArrayList<>();
        for (TensorSpec spec : specs) {
            long[] extents = spec.shape().toArray();
            long bytes = spec.datatype().bytes();
            for (int axis = 0; axis < extents.length; axis++) {
                extents[axis] = extents[axis] == ShapePattern.ANY ? 1 : extents[axis];
                if (extents[axis] > MAX_TENSOR_BYTES / Math.max(bytes, 1)) {
                    return List.of();
                }
                bytes *= extents[axis];
            }
            tensors.add(new Tensor.Fixed(
                    spec.name(),
                    spec.datatype(),
                    Shape.of(extents),
                    TensorAllocator.UNPOOLED.allocate(Math.toIntExact(bytes))));
        }
        return tensors;
    }
}
