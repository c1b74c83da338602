package dev.weir.servable;

import dev.weir.failure.ArtifactRejected;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.TensorSpec;
import java.util.List;

/** Compares the signature a manifest promises with the one its model file has. */
final class SignatureMatch {

    private SignatureMatch() {}

    /**
     * Requires that the file takes all that is promised and gives all that is promised.
     *
     * @throws ArtifactRejected naming the first tensor that differs
     */
    static void require(ModelSignature promised, ModelSignature actual) {
        for (TensorSpec spec : promised.inputs()) {
            TensorSpec real = find("input", actual.inputs(), spec);
            if (!real.shape().covers(spec.shape())) {
                throw new ArtifactRejected("input '" + spec.name() + "' is promised with shape " + spec.shape()
                        + ", but the model takes " + real.shape());
            }
        }
        if (actual.inputs().size() > promised.inputs().size()) {
            throw new ArtifactRejected("the model takes " + actual.inputs().size() + " inputs, but the manifest lists "
                    + promised.inputs().size());
        }
        for (TensorSpec spec : promised.outputs()) {
            TensorSpec real = find("output", actual.outputs(), spec);
            if (!couldAgree(real.shape(), spec.shape())) {
                throw new ArtifactRejected("output '" + spec.name() + "' is promised with shape " + spec.shape()
                        + ", but the model gives " + real.shape());
            }
        }
    }

    private static TensorSpec find(String kind, List<TensorSpec> specs, TensorSpec promised) {
        for (TensorSpec spec : specs) {
            if (spec.name().equals(promised.name())) {
                if (spec.datatype() != promised.datatype()) {
                    throw new ArtifactRejected(kind + " '" + promised.name() + "' is promised as " + promised.datatype()
                            + ", but the model has " + spec.datatype());
                }
                return spec;
            }
        }
        throw new ArtifactRejected("the model has no " + kind + " '" + promised.name() + "'");
    }

    private static boolean couldAgree(ShapePattern real, ShapePattern promised) {
        if (real.rank() != promised.rank()) {
            return false;
        }
        for (int axis = 0; axis < real.rank(); axis++) {
            long here = real.dimension(axis);
            long there = promised.dimension(axis);
            if (here != ShapePattern.ANY && there != ShapePattern.ANY && here != there) {
                return false;
            }
        }
        return true;
    }
}
