package dev.weir.inference;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.util.Arrays;

/** The concrete extents of a tensor, outermost first; no dimensions make a scalar. */
public final class Shape {

    private final long[] dimensions;
    private final long elements;

    private Shape(long[] dimensions) {
        this.dimensions = dimensions;
        long product = 1;
        boolean empty = false;
        for (long dimension : dimensions) {
            if (dimension < 0) {
                throw new RequestRejected(
                        FailureCode.WRONG_SHAPE, "a dimension must not be negative, but is " + dimension, "shape");
            }
            empty |= dimension == 0;
            try {
                product = Math.multiplyExact(product, Math.max(1, dimension));
            } catch (ArithmeticException e) {
                throw new RequestRejected(
                        FailureCode.LIMIT_EXCEEDED,
                        "the shape has more elements than 64 bits can count",
                        "shape",
                        Long.MAX_VALUE);
            }
        }
        this.elements = empty ? 0 : product;
    }

    /**
     * Returns the shape with these extents.
     *
     * @throws RequestRejected when one is negative or the product of all but zeros passes 2<sup>63</sup>−1
     */
    public static Shape of(long... dimensions) {
        return new Shape(dimensions.clone());
    }

    /** Returns the number of dimensions. */
    public int rank() {
        return dimensions.length;
    }

    /** Returns one extent. */
    public long dimension(int axis) {
        return dimensions[axis];
    }

    /** Returns the number of elements: the product of the extents, 1 for a scalar. */
    public long elements() {
        return elements;
    }

    /** Returns the extents, as a copy. */
    public long[] toArray() {
        return dimensions.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(dimensions, shape.dimensions);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dimensions);
    }

    @Override
    public String toString() {
        return Arrays.toString(dimensions);
    }
}
