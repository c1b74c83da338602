package dev.weir.inference;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows of several requests in one: tensors joined and split along axis 0. Pure; thread-safe. */
public final class TensorRows {

    private TensorRows() {}

    /** Says whether two lists of tensors differ in nothing but their rows. */
    public static boolean isJoinable(List<Tensor> some, List<Tensor> others) {
        if (some.size() != others.size()) {
            return false;
        }
        for (int i = 0; i < some.size(); i++) {
            if (!isJoinable(some.get(i), others.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isJoinable(Tensor one, Tensor other) {
        Shape shape = one.shape();
        int rank = shape.rank();
        if (rank == 0
                || rank != other.shape().rank()
                || one.datatype() != other.datatype()
                || !one.name().equals(other.name())) {
            return false;
        }
        for (int axis = 1; axis < rank; axis++) {
            if (shape.dimension(axis) != other.shape().dimension(axis)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Joins tensors that are joinable, in this order.
     *
     * @param parts the tensors of each request, at least one
     * @param allocator where the joined elements live
     * @throws dev.weir.failure.Overloaded when there is no memory
     */
    public static List<Tensor> join(List<List<Tensor>> parts, TensorAllocator allocator) {
        int tensors = parts.getFirst().size();
        List<Tensor> joined = new ArrayList<>(tensors);
        for (int i = 0; i < tensors; i++) {
            joined.add(join(parts, i, allocator));
        }
        return joined;
    }

    private static Tensor join(List<List<Tensor>> parts, int index, TensorAllocator allocator) {
        Tensor first = parts.getFirst().get(index);
        long[] extents = first.shape().toArray();
        extents[0] = 0;
        for (List<Tensor> part : parts) {
            extents[0] += part.get(index).shape().dimension(0);
        }
        Shape shape = Shape.of(extents);
        return switch (first) {
            case Tensor.Fixed fixed -> {
                long bytes =
                        Math.multiplyExact(shape.elements(), fixed.datatype().bytes());
                ByteBuffer data = allocator.allocate(Math.toIntExact(bytes));
                for (List<Tensor> part : parts) {
                    data.put(((Tensor.Fixed) part.get(index)).data());
                }
                yield new Tensor.Fixed(fixed.name(), fixed.datatype(), shape, data.flip());
            }
            case Tensor.Bytes bytes -> {
                List<byte[]> elements = new ArrayList<>(Math.toIntExact(shape.elements()));
                for (List<Tensor> part : parts) {
                    elements.addAll(((Tensor.Bytes) part.get(index)).elements());
                }
                yield new Tensor.Bytes(bytes.name(), shape, elements);
            }
        };
    }

    /**
     * Splits tensors into those of each request. They share the elements' memory.
     *
     * @param rows the rows of each request
     * @throws IllegalArgumentException when a tensor does not have as many rows as all requests together
     */
    public static List<List<Tensor>> split(List<Tensor> joined, int[] rows) {
        int all = Arrays.stream(rows).sum();
        for (Tensor tensor : joined) {
            if (tensor.shape().rank() == 0 || tensor.shape().dimension(0) != all) {
                throw new IllegalArgumentException(
                        "tensor '" + tensor.name() + "' has shape " + tensor.shape() + " for " + all + " rows");
            }
        }
        List<List<Tensor>> parts = new ArrayList<>(rows.length);
        int from = 0;
        for (int count : rows) {
            List<Tensor> part = new ArrayList<>(joined.size());
            for (Tensor tensor : joined) {
                part.add(slice(tensor, from, count, all));
            }
            parts.add(part);
            from += count;
        }
        return parts;
    }

    private static Tensor slice(Tensor tensor, int from, int count, int all) {
        long[] extents = tensor.shape().toArray();
        int elements = all == 0 ? 0 : Math.toIntExact(tensor.shape().elements() / all);
        extents[0] = count;
        Shape shape = Shape.of(extents);
        return switch (tensor) {
            case Tensor.Fixed fixed -> {
                int bytes = elements * fixed.datatype().bytes();
                yield new Tensor.Fixed(
                        fixed.name(), fixed.datatype(), shape, fixed.data().slice(from * bytes, count * bytes));
            }
            case Tensor.Bytes texts ->
                new Tensor.Bytes(
                        texts.name(), shape, texts.elements().subList(from * elements, (from + count) * elements));
        };
    }
}
