package dev.weir.servable;

import dev.weir.inference.ModelSignature;
import dev.weir.inference.Tensor;
import dev.weir.inference.TextRule;
import java.util.List;

/**
 * A model in a runtime, with native memory behind it.
 *
 * <p>{@link #run} is called by many threads at once. {@link Servable} calls {@link #close} once, after every run
 * returned; whoever does otherwise may find runs refused, but must not be able to crash the process.
 */
public interface LoadedModel extends AutoCloseable {

    /** Returns the signature as the model file itself has it. */
    ModelSignature signature();

    /** Returns the protocol's name for format and runtime, such as {@code onnx_onnxv1}. */
    String platform();

    /** Returns runtime and version, such as {@code onnxruntime 1.29.0}. */
    String runtime();

    /** Returns which texts {@link #run} takes; others are refused before they are queued. */
    TextRule textRule();

    /**
     * Computes.
     *
     * @param inputs tensors that fit the signature, their memory valid until this returns
     * @param outputs the wanted outputs in the wanted order, at least one
     * @param cancellation tells when nobody waits any more; stopping early is best effort
     * @return the outputs, on the heap, in the wanted order, with the time each phase took
     * @throws dev.weir.failure.RequestRejected when a valid value can't pass through this runtime unharmed
     * @throws dev.weir.failure.PredictionFailed when the model fails
     * @throws IllegalStateException when the model is closed
     */
    ModelRun run(List<Tensor> inputs, List<String> outputs, Cancellation cancellation);

    /** Frees the native memory, once no run uses it any more; no run begins from now on. Further calls do nothing. */
    @Override
    void close();
}
