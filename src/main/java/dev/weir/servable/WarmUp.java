package dev.weir.servable;

import dev.weir.failure.ArtifactRejected;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorSpec;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A version's first runs, so that no caller pays for what a runtime puts off until then. Golden samples serve where
 * there are some; otherwise {@linkplain MadeUpRow made-up rows} do. A model may dislike one of those and be fine; one that
 * answers none of them, or nothing but NaN, is not let in: it needs a golden sample that shows what it is made for.
 */
final class WarmUp {

    private static final Log LOG = Log.of(WarmUp.class);

    private final LoadedModel model;
    private final ModelManifest manifest;
    private final int times;
    private final Cancellation cancellation;
    private final List<String> outputs;

    private WarmUp(LoadedModel model, ModelManifest manifest, int times, Cancellation cancellation) {
        this.model = model;
        this.manifest = manifest;
        this.times = times;
        this.cancellation = cancellation;
        this.outputs =
                manifest.signature().outputs().stream().map(TensorSpec::name).toList();
    }

    /**
     * Runs a model so many times per sample; at least once where there is none.
     *
     * @param cancellation ends the runs early
     * @throws ArtifactRejected when it no longer answers a golden sample as it must, or answers no made-up row
     */
    static void run(LoadedModel model, ModelManifest manifest, int times, Cancellation cancellation) {
        if (manifest.golden().isEmpty()) {
            new WarmUp(model, manifest, times, cancellation).runOnMadeUpRows();
            return;
        }
        for (int i = 0; i < times; i++) {
            manifest.golden().forEach(sample -> GoldenCheck.require(manifest.signature(), model, sample, cancellation));
        }
    }

    private void runOnMadeUpRows() {
        List<TensorSpec> specs = manifest.signature().inputs();
        ArtifactRejected refusal = null;
        for (MadeUpRow row : MadeUpRow.of(specs)) {
            List<Tensor> inputs;
            try {
                inputs = row.tensors(specs);
            } catch (IllegalArgumentException | ArithmeticException e) {
                continue;
            }
            refusal = refusal(inputs);
            if (refusal == null) {
                repeat(inputs);
                return;
            }
        }
        if (refusal != null) {
            throw refusal;
        }
        log("a version was not tried: its inputs are too large to make up", null);
    }

    private void repeat(List<Tensor> inputs) {
        for (int i = 1; i < times; i++) {
            model.run(inputs, outputs, cancellation);
        }
    }

    /** Says why one run does not speak for the model; null when it does. */
    private @Nullable ArtifactRejected refusal(List<Tensor> inputs) {
        try {
            List<Tensor> answers = model.run(inputs, outputs, cancellation).outputs();
            return Numbers.isNothingButNaN(answers) ? refused("answers NaN to each", null) : null;
        } catch (RuntimeException e) {
            if (cancellation.isCancelled()) {
                throw e;
            }
            log("warm-up on made-up inputs failed", e);
            return refused("fails on each", e);
        }
    }

    private static ArtifactRejected refused(String what, @Nullable Throwable cause) {
        return new ArtifactRejected(
                "the model " + what
                        + " of the made-up rows it was tried on, such as zeros; if it is right even so, give its"
                        + " manifest a golden sample",
                cause);
    }

    private void log(String message, @Nullable Throwable cause) {
        LOG.debug(message)
                .with(LogKey.MODEL, manifest.ref().model())
                .with(LogKey.VERSION, manifest.ref().version())
                .cause(cause)
                .write();
    }
}
