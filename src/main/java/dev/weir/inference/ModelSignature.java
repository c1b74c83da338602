package dev.weir.inference;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tensors a model takes and gives.
 *
 * @param inputs every input, in the model's order
 * @param outputs every output, in the model's order
 * @param batched whether axis 0 of every tensor counts rows; without it a request is one row
 */
public record ModelSignature(List<TensorSpec> inputs, List<TensorSpec> outputs, boolean batched) {

    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException when a list is empty, a name occurs twice, or a batched tensor has no axis
     */
    public ModelSignature {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        requireDistinct("input", inputs, batched);
        requireDistinct("output", outputs, batched);
    }

    private static void requireDistinct(String kind, List<TensorSpec> specs, boolean batched) {
        if (specs.isEmpty()) {
            throw new IllegalArgumentException("a signature needs at least one " + kind);
        }
        Set<String> names = new HashSet<>();
        for (TensorSpec spec : specs) {
            if (!names.add(spec.name())) {
                throw new IllegalArgumentException(kind + " '" + spec.name() + "' occurs twice");
            }
            if (batched && spec.shape().rank() == 0) {
                throw new IllegalArgumentException(kind + " '" + spec.name() + "' is a scalar and has no batch axis");
            }
        }
    }

    /** Returns the input of this name, or null. */
    public @Nullable TensorSpec input(String name) {
        return find(inputs, name);
    }

    /** Returns the output of this name, or null. */
    public @Nullable TensorSpec output(String name) {
        return find(outputs, name);
    }

    private static @Nullable TensorSpec find(List<TensorSpec> specs, String name) {
        for (TensorSpec spec : specs) {
            if (spec.name().equals(name)) {
                return spec;
            }
        }
        return null;
    }
}
