package dev.weir.servable;

import dev.weir.inference.DataType;
import dev.weir.inference.Shape;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorAllocator;
import dev.weir.inference.TensorSpec;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A version's first runs, so that no caller pays for what a runtime puts off until then. Golden samples serve where
 * there are some; otherwise one made-up row does, all zeros and empty strings, and a model that dislikes it is not to
 * blame.
 */
final class WarmUp {

    private static final Log LOG = Log.of(WarmUp.class);

    /** What a made-up tensor may take; larger ones are not worth it. */
    private static final long MAX_TENSOR_BYTES = 64L << 20;

    private WarmUp() {}

    /**
     * Runs a model so many times per sample.
     *
     * @param cancellation ends the runs early
     * @throws dev.weir.failure.ArtifactRejected when it no longer answers a golden sample as it must
     */
    static void run(LoadedModel model, ModelManifest manifest, int times, Cancellation cancellation) {
        if (manifest.golden().isEmpty()) {
            runOnZeros(model, manifest, times, cancellation);
            return;
        }
        for (int i = 0; i < times; i++) {
            manifest.golden().forEach(sample -> GoldenCheck.require(manifest.signature(), model, sample, cancellation));
        }
    }

    private static void runOnZeros(LoadedModel model, ModelManifest manifest, int times, Cancellation cancellation) {
        try {
            List<Tensor> inputs = zeros(manifest.signature().inputs());
            List<String> outputs = manifest.signature().outputs().stream()
                    .map(TensorSpec::name)
                    .toList();
            for (int i = 0; i < times; i++) {
                model.run(inputs, outputs, cancellation);
            }
        } catch (RuntimeException e) {
            LOG.debug("warm-up on made-up inputs failed")
                    .with(LogKey.MODEL, manifest.ref().model())
                    .with(LogKey.VERSION, manifest.ref().version())
                    .cause(e)
                    .write();
        }
    }

    private static List<Tensor> zeros(List<TensorSpec> specs) {
        List<Tensor> tensors = new ArrayList<>();
        for (TensorSpec spec : specs) {
            tensors.add(zero(spec));
        }
        return tensors;
    }

    private static Tensor zero(TensorSpec spec) {
        long[] extents = spec.shape().toArray();
        for (int axis = 0; axis < extents.length; axis++) {
            if (extents[axis] == ShapePattern.ANY) {
                extents[axis] = 1;
            }
        }
        Shape shape = Shape.of(extents);
        int perElement = spec.datatype() == DataType.BYTES ? 1 : spec.datatype().bytes();
        if (shape.elements() > MAX_TENSOR_BYTES / perElement) {
            throw new IllegalArgumentException("input '" + spec.name() + "' is too large to make up");
        }
        int elements = Math.toIntExact(shape.elements());
        if (spec.datatype() == DataType.BYTES) {
            return new Tensor.Bytes(spec.name(), shape, Collections.nCopies(elements, new byte[0]));
        }
        ByteBuffer data = TensorAllocator.UNPOOLED.allocate(elements * perElement);
        return new Tensor.Fixed(spec.name(), spec.datatype(), shape, data);
    }
}
