package dev.weir.predictionlog;

import org.jspecify.annotations.Nullable;

/**
 * What a record keeps of inputs and outputs.
 *
 * @param capture what its policy asks for
 * @param probability the probability with which a record of its policy keeps its payload
 * @param sampled whether this one does; if not, inputs and outputs are null
 * @param truncated whether something that should be kept is not, because it is too large
 * @param erased whether it was there and is no more, because its subject was forgotten
 * @param inputs the inputs, redacted; null when they are not kept, or there are none
 * @param outputs the outputs; null when they are not kept, or there are none
 */
public record Payload(
        Capture capture,
        double probability,
        boolean sampled,
        boolean truncated,
        boolean erased,
        @Nullable PackedTensors inputs,
        @Nullable PackedTensors outputs) {

    /** Returns the bytes it takes. */
    public int bytes() {
        return (inputs == null ? 0 : inputs.bytes()) + (outputs == null ? 0 : outputs.bytes());
    }
}
