package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.TensorSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Joins what an ONNX file says of its tensors with what the MLmodel's signature adds: names of columns, and extents that
 * the file leaves open.
 *
 * <p>Datatypes are the file's: MLflow's own ONNX flavor casts a frame's doubles to the floats the model takes. Inputs
 * that contradict each other are refused, because a caller could not know which to believe. Outputs only narrow what the
 * file says: signatures often describe what {@code predict} of the model before its conversion returned.
 */
final class MlflowSignature {

    private MlflowSignature() {}

    /**
     * Returns the signature to promise.
     *
     * @throws ArtifactRejected when the inputs contradict each other
     */
    static ModelSignature of(Mlmodel mlmodel, ModelSignature file) {
        List<Mlmodel.Spec> said = mlmodel.inputs();
        List<TensorSpec> inputs = said == null || said.isEmpty() ? file.inputs() : inputs(said, file);
        return new ModelSignature(inputs, outputs(mlmodel.outputs(), file.outputs()), file.batched());
    }

    private static List<TensorSpec> inputs(List<Mlmodel.Spec> said, ModelSignature file) {
        if (said.stream().allMatch(Mlmodel.Spec::isColumn)) {
            return columns(names(said), file);
        }
        if (said.stream().anyMatch(Mlmodel.Spec::isColumn)) {
            throw new ArtifactRejected("MLmodel: signature.inputs mixes tensors and columns");
        }
        if (said.size() != file.inputs().size()) {
            throw contradiction(said.size() + " tensors", file);
        }
        List<TensorSpec> inputs = new ArrayList<>();
        for (TensorSpec spec : file.inputs()) {
            Mlmodel.Spec match = match(said, spec, file.inputs().size());
            TensorSpec narrowed = match == null ? null : narrowed(spec, match);
            if (narrowed == null) {
                throw contradiction("no such input '" + spec.name() + "' of that shape", file);
            }
            inputs.add(narrowed);
        }
        return inputs;
    }

    private static List<String> names(List<Mlmodel.Spec> columns) {
        List<String> names = new ArrayList<>();
        for (Mlmodel.Spec column : columns) {
            String name = column.name();
            if (name == null) {
                throw new ArtifactRejected("MLmodel: signature.inputs has a column without a name");
            }
            names.add(name);
        }
        return names;
    }

    private static List<TensorSpec> columns(List<String> names, ModelSignature file) {
        List<TensorSpec> inputs = file.inputs();
        Set<String> own = new HashSet<>();
        inputs.forEach(spec -> own.add(spec.name()));
        if (inputs.size() == names.size() && own.equals(Set.copyOf(names))) {
            return inputs; // one input per column; a tensor's name is its feature's
        }
        if (inputs.size() != 1 || !stacks(inputs.getFirst(), names.size())) {
            throw contradiction(names.size() + " columns", file);
        }
        TensorSpec stacked = inputs.getFirst();
        long[] shape = stacked.shape().toArray();
        shape[shape.length - 1] = names.size();
        try {
            return List.of(new TensorSpec(
                    stacked.name(), stacked.datatype(), ShapePattern.of(shape), names, List.of(), stacked.nonFinite()));
        } catch (IllegalArgumentException e) {
            throw new ArtifactRejected("MLmodel: signature.inputs: " + e.getMessage(), e);
        }
    }

    private static boolean stacks(TensorSpec spec, int columns) {
        if (spec.shape().rank() != 2) {
            return false;
        }
        long extent = spec.shape().dimension(1);
        return spec.datatype() != DataType.BYTES && (extent == ShapePattern.ANY || extent == columns);
    }

    private static Mlmodel.@Nullable Spec match(List<Mlmodel.Spec> said, TensorSpec spec, int tensors) {
        for (Mlmodel.Spec each : said) {
            if (spec.name().equals(each.name()) || (each.name() == null && tensors == 1 && said.size() == 1)) {
                return each;
            }
        }
        return null;
    }

    /** Returns the spec with extents that the signature closes, or null when they contradict each other. */
    private static @Nullable TensorSpec narrowed(TensorSpec spec, Mlmodel.Spec said) {
        List<Long> extents = said.shape();
        if (extents == null || extents.size() != spec.shape().rank()) {
            return null;
        }
        long[] shape = spec.shape().toArray();
        for (int axis = 0; axis < shape.length; axis++) {
            long extent = extents.get(axis);
            if (shape[axis] == ShapePattern.ANY) {
                shape[axis] = extent;
            } else if (extent != ShapePattern.ANY && extent != shape[axis]) {
                return null;
            }
        }
        return new TensorSpec(
                spec.name(), spec.datatype(), ShapePattern.of(shape), spec.features(), spec.labels(), spec.nonFinite());
    }

    private static List<TensorSpec> outputs(@Nullable List<Mlmodel.Spec> said, List<TensorSpec> file) {
        if (said == null) {
            return file;
        }
        return file.stream()
                .map(spec -> {
                    Mlmodel.Spec match = match(said, spec, file.size());
                    TensorSpec narrowed = match == null ? null : narrowed(spec, match);
                    return narrowed == null ? spec : narrowed;
                })
                .toList();
    }

    private static ArtifactRejected contradiction(String said, ModelSignature file) {
        List<String> inputs = file.inputs().stream()
                .map(spec -> "'" + spec.name() + "' " + spec.datatype() + " " + spec.shape())
                .toList();
        return new ArtifactRejected("MLmodel: signature.inputs says " + said + ", but the ONNX file takes "
                + String.join(", ", inputs.subList(0, Math.min(inputs.size(), 5))));
    }
}
