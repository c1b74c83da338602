package dev.weir.inference;

import java.util.List;

/**
 * A decoded and checked request.
 *
 * @param requestId the caller's id
 * @param inputs every input of the signature, once, in any order; their memory belongs to {@code memory}
 * @param outputs the names of the wanted outputs, in the wanted order; empty means all
 * @param rows rows in the batch
 * @param memory what the request holds; whoever runs the request closes it
 */
public record InferenceRequest(
        RequestId requestId, List<Tensor> inputs, List<String> outputs, int rows, RequestMemory memory) {

    /** Copies the lists. */
    public InferenceRequest {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }
}
