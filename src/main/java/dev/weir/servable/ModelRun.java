package dev.weir.servable;

import dev.weir.inference.Tensor;
import java.util.List;

/**
 * What one run of a model gave.
 *
 * @param outputs the wanted outputs
 * @param inputNanos handing the inputs to the runtime
 * @param computeNanos the native call
 * @param outputNanos taking the outputs from the runtime
 */
public record ModelRun(List<Tensor> outputs, long inputNanos, long computeNanos, long outputNanos) {

    /** Copies the list. */
    public ModelRun {
        outputs = List.copyOf(outputs);
    }
}
