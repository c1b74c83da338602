package dev.weir.servable;

import dev.weir.inference.Tensor;
import java.util.List;

/**
 * What a version answered that does not serve.
 *
 * @param outputs the wanted outputs, on the heap
 * @param runtime runtime and version, such as {@code onnxruntime 1.29.0}
 */
public record TrialRun(List<Tensor> outputs, String runtime) {

    /** Copies the list. */
    public TrialRun {
        outputs = List.copyOf(outputs);
    }
}
