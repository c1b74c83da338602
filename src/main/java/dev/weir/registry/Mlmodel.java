package dev.weir.registry;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an {@code MLmodel} file says, as far as Weir reads it.
 *
 * @param onnxFile the path of the ONNX file, beside the MLmodel
 * @param inputs what the signature says of inputs; null when there is no signature
 * @param outputs what the signature says of outputs; null when it says nothing
 * @param python the version of Python that wrote it, or null
 * @param mlflow the version of MLflow that wrote it, or null
 */
record Mlmodel(
        String onnxFile,
        @Nullable List<Spec> inputs,
        @Nullable List<Spec> outputs,
        @Nullable String python,
        @Nullable String mlflow) {

    /**
     * A tensor or a column of a signature.
     *
     * @param name its name; tensors may have none, columns of a frame have one
     * @param shape a tensor's extents, -1 for any; null for a column
     */
    record Spec(@Nullable String name, @Nullable List<Long> shape) {

        boolean isColumn() {
            return shape == null;
        }
    }
}
