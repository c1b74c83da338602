package dev.weir.inference;

import java.util.List;

/**
 * What a signature says of one tensor.
 *
 * @param name the tensor's name
 * @param datatype the element type
 * @param shape the promised extents
 * @param features the names of the columns along the last axis, or empty when the tensor as a whole is one feature
 * @param labels what the classes along the last axis (scores) or the class numbers (labels) stand for, or empty
 * @param nonFinite which of NaN and the infinities are values like others; only floating-point inputs care
 */
public record TensorSpec(
        String name,
        DataType datatype,
        ShapePattern shape,
        List<String> features,
        List<String> labels,
        NonFinite nonFinite) {

    /** Values that are no finite numbers. */
    public enum NonFinite {
        /** Neither NaN nor infinities. */
        FORBID,
        /** NaN only, such as for a missing measurement. */
        NAN,
        /** NaN and infinities. */
        ALLOW
    }

    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException when the name is blank, or the features do not fit the last axis
     */
    public TensorSpec {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a tensor's name must not be blank");
        }
        features = List.copyOf(features);
        labels = List.copyOf(labels);
        if (!features.isEmpty()) {
            if (shape.rank() == 0 || shape.dimension(shape.rank() - 1) != features.size()) {
                throw new IllegalArgumentException("tensor '" + name + "' names " + features.size()
                        + " features, but its last dimension differs: " + shape);
            }
            if (features.stream().distinct().count() != features.size()) {
                throw new IllegalArgumentException("tensor '" + name + "' names a feature twice");
            }
        }
    }

    /** Makes a spec that allows all non-finite values or none. */
    public TensorSpec(
            String name,
            DataType datatype,
            ShapePattern shape,
            List<String> features,
            List<String> labels,
            boolean allowsNonFinite) {
        this(name, datatype, shape, features, labels, allowsNonFinite ? NonFinite.ALLOW : NonFinite.FORBID);
    }

    /** Says whether a value may be given, as far as it is finite or need not be. */
    public boolean takes(double value) {
        return Double.isFinite(value)
                || switch (nonFinite) {
                    case FORBID -> false;
                    case NAN -> Double.isNaN(value);
                    case ALLOW -> true;
                };
    }

    /** Returns a spec without features, labels or leave for non-finite values. */
    public static TensorSpec of(String name, DataType datatype, long... shape) {
        return new TensorSpec(name, datatype, ShapePattern.of(shape), List.of(), List.of(), false);
    }
}
