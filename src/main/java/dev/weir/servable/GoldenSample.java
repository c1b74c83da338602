package dev.weir.servable;

import dev.weir.inference.Tensor;
import java.util.List;

/**
 * Inputs with the answer a version must give before it may serve.
 *
 * @param name what it shows
 * @param inputs every input of the signature
 * @param outputs the expected outputs, at least one
 * @param absolute how far a floating-point element may be off
 * @param relative how far it may be off as a share of the expected value; both tolerances add up
 */
public record GoldenSample(String name, List<Tensor> inputs, List<Tensor> outputs, double absolute, double relative) {

    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException when nothing is expected or a tolerance is negative or not finite
     */
    public GoldenSample {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        if (outputs.isEmpty()) {
            throw new IllegalArgumentException("golden sample '" + name + "' expects no output");
        }
        if (!(absolute >= 0 && Double.isFinite(absolute) && relative >= 0 && Double.isFinite(relative))) {
            throw new IllegalArgumentException("golden sample '" + name + "' has a tolerance that is no number >= 0");
        }
    }
}
