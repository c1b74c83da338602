package dev.weir.api;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.Shape;
import java.util.List;

/** How large what a request announces may be; asked before any memory is taken for it. Pure. */
public final class TensorLimits {

    private TensorLimits() {}

    /**
     * Checks what a tensor announces.
     *
     * @throws RequestRejected when it has too many dimensions or elements, or more bytes than one buffer holds
     */
    public static void require(DataType datatype, Shape shape, ApiConfig limits) {
        if (shape.rank() > limits.maxRank()) {
            throw rankTooHigh(limits);
        }
        long most = limits.maxElements();
        if (datatype.isFixedSize()) {
            most = Math.min(most, Integer.MAX_VALUE / datatype.bytes());
        }
        if (shape.elements() > most) {
            throw new RequestRejected(FailureCode.LIMIT_EXCEEDED, "a tensor has too many elements", "shape", most);
        }
    }

    /**
     * Returns the shape with these extents.
     *
     * @throws RequestRejected when there are too many, one is negative, or their product passes 2<sup>63</sup>−1
     */
    public static Shape shape(List<Long> extents, ApiConfig limits) {
        if (extents.size() > limits.maxRank()) {
            throw rankTooHigh(limits);
        }
        long[] dimensions = new long[extents.size()];
        for (int axis = 0; axis < dimensions.length; axis++) {
            dimensions[axis] = extents.get(axis);
        }
        return Shape.of(dimensions);
    }

    /** Returns the refusal of a tensor with too many dimensions, for readers that meet them one by one. */
    public static RequestRejected rankTooHigh(ApiConfig limits) {
        return new RequestRejected(
                FailureCode.LIMIT_EXCEEDED, "a tensor has too many dimensions", "shape", (long) limits.maxRank());
    }

    /**
     * Checks how many inputs, outputs or parameters a request lists.
     *
     * @param field what is listed, to blame it
     * @throws RequestRejected when there are too many
     */
    public static void requireCount(int count, ApiConfig limits, String field) {
        if (count > limits.maxTensors()) {
            throw new RequestRejected(
                    FailureCode.LIMIT_EXCEEDED, "the request lists too many", field, (long) limits.maxTensors());
        }
    }
}
