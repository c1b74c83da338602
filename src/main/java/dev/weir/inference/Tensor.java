package dev.weir.inference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A named, typed, shaped block of elements in row-major order.
 *
 * <p>A tensor borrows its memory: whoever owns it (a {@link RequestMemory} for inputs, the garbage collector for
 * outputs) must outlive every use. Tensors compare by identity; use their contents to compare values.
 */
public sealed interface Tensor {

    /** Returns the name, as the signature has it. */
    String name();

    /** Returns the element type. */
    DataType datatype();

    /** Returns the extents. */
    Shape shape();

    /** Elements of a fixed size, in the machine's byte order. */
    final class Fixed implements Tensor {
        private final String name;
        private final DataType datatype;
        private final Shape shape;
        private final ByteBuffer data;

        /**
         * Wraps elements without a copy.
         *
         * @param data exactly {@code shape.elements() * datatype.bytes()} bytes between position and limit, in native
         *     order; direct for a model's input
         * @throws IllegalArgumentException when the size differs or the type is {@link DataType#BYTES}
         */
        public Fixed(String name, DataType datatype, Shape shape, ByteBuffer data) {
            if (!datatype.isFixedSize()) {
                throw new IllegalArgumentException("datatype " + datatype + " has no fixed size");
            }
            if (data.remaining() != Math.multiplyExact(shape.elements(), datatype.bytes())) {
                throw new IllegalArgumentException(
                        "tensor '" + name + "' has " + data.remaining() + " bytes for shape " + shape);
            }
            this.name = name;
            this.datatype = datatype;
            this.shape = shape;
            this.data = data.slice().order(ByteOrder.nativeOrder());
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public DataType datatype() {
            return datatype;
        }

        @Override
        public Shape shape() {
            return shape;
        }

        /** Returns a fresh view of the elements, in native order, from position 0 to the end. */
        public ByteBuffer data() {
            return data.duplicate().order(ByteOrder.nativeOrder());
        }
    }

    /** Byte strings. */
    final class Bytes implements Tensor {
        private final String name;
        private final Shape shape;
        private final List<byte[]> elements;

        /**
         * Wraps byte strings.
         *
         * @param elements as many as the shape has; the arrays are not copied and must not change afterwards
         * @throws IllegalArgumentException when the count differs
         */
        public Bytes(String name, Shape shape, List<byte[]> elements) {
            if (elements.size() != shape.elements()) {
                throw new IllegalArgumentException(
                        "tensor '" + name + "' has " + elements.size() + " elements for shape " + shape);
            }
            this.name = name;
            this.shape = shape;
            this.elements = List.copyOf(elements);
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public DataType datatype() {
            return DataType.BYTES;
        }

        @Override
        public Shape shape() {
            return shape;
        }

        /** Returns the elements in row-major order; the arrays must not be changed. */
        public List<byte[]> elements() {
            return elements;
        }
    }
}
