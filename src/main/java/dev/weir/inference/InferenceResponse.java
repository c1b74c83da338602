package dev.weir.inference;

import java.util.List;

/**
 * A model's answer.
 *
 * @param outputs the wanted outputs in the wanted order; on the heap
 */
public record InferenceResponse(List<Tensor> outputs) {

    /** Copies the list. */
    public InferenceResponse {
        outputs = List.copyOf(outputs);
    }
}
