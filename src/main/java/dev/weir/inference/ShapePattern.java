package dev.weir.inference;

import java.util.Arrays;

/** The extents a signature promises, outermost first; {@code -1} stands for any extent. */
public final class ShapePattern {

    /** The extent that stands for any. */
    public static final long ANY = -1;

    private final long[] dimensions;

    private ShapePattern(long[] dimensions) {
        for (long dimension : dimensions) {
            if (dimension < ANY) {
                throw new IllegalArgumentException("a promised dimension must be -1 or more, but is " + dimension);
            }
        }
        this.dimensions = dimensions;
    }

    /**
     * Returns the pattern with these extents.
     *
     * @throws IllegalArgumentException when one is below −1
     */
    public static ShapePattern of(long... dimensions) {
        return new ShapePattern(dimensions.clone());
    }

    /** Returns the number of dimensions. */
    public int rank() {
        return dimensions.length;
    }

    /** Returns one extent, or −1 for any. */
    public long dimension(int axis) {
        return dimensions[axis];
    }

    /** Says whether a concrete shape fits. */
    public boolean matches(Shape shape) {
        if (shape.rank() != dimensions.length) {
            return false;
        }
        for (int axis = 0; axis < dimensions.length; axis++) {
            if (dimensions[axis] != ANY && dimensions[axis] != shape.dimension(axis)) {
                return false;
            }
        }
        return true;
    }

    /** Says whether every shape that fits {@code narrower} fits this pattern too. */
    public boolean covers(ShapePattern narrower) {
        if (narrower.dimensions.length != dimensions.length) {
            return false;
        }
        for (int axis = 0; axis < dimensions.length; axis++) {
            if (dimensions[axis] != ANY && dimensions[axis] != narrower.dimensions[axis]) {
                return false;
            }
        }
        return true;
    }

    /** Returns the extents, as a copy. */
    public long[] toArray() {
        return dimensions.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ShapePattern pattern && Arrays.equals(dimensions, pattern.dimensions);
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
