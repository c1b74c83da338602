package dev.weir.format;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.Shape;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorSpec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The outputs of a model whose shapes are known before it runs: every dimension but the batch is fixed. The runtime
 * writes them straight into memory of ours, which spares it the description of each output by reflection, more than a
 * small model's whole computation.
 */
final class OutputPlan {

    /** One output's elements: the type, and the extents with the batch axis still open. */
    private record Entry(TensorSpec spec, OnnxJavaType type, long[] extents, int rowBytes) {}

    /** Larger answers are left to the runtime: its own allocator suits them better than the request pool. */
    private static final long MAX_BYTES = 1 << 20;

    private final Map<String, Entry> entries = new HashMap<>();

    /**
     * Makes a plan.
     *
     * @param signature the model file's own signature
     * @param batched whether axis 0 counts rows; nothing is planned without it
     */
    OutputPlan(ModelSignature signature, boolean batched) {
        if (batched) {
            for (TensorSpec spec : signature.outputs()) {
                Entry entry = entry(spec);
                if (entry != null) {
                    entries.put(spec.name(), entry);
                }
            }
        }
    }

    private static @Nullable Entry entry(TensorSpec spec) {
        OnnxJavaType type = OnnxFormat.javaType(spec.datatype());
        if (type == null || !spec.datatype().isFixedSize() || spec.shape().rank() == 0) {
            return null;
        }
        long rowBytes = spec.datatype().bytes();
        long[] extents = spec.shape().toArray();
        for (int axis = 1; axis < extents.length; axis++) {
            if (extents[axis] < 1 || extents[axis] > MAX_BYTES) {
                return null;
            }
            rowBytes *= extents[axis];
            if (rowBytes > MAX_BYTES) {
                return null;
            }
        }
        return new Entry(spec, type, extents, (int) rowBytes);
    }

    /** Says whether all of these outputs are known in shape for this many rows, and small. */
    boolean covers(List<String> outputs, long rows) {
        long bytes = 0;
        for (String output : outputs) {
            Entry entry = entries.get(output);
            if (entry == null) {
                return false;
            }
            bytes += rows * entry.rowBytes() + Long.BYTES;
        }
        return rows > 0 && rows <= MAX_BYTES && bytes <= MAX_BYTES;
    }

    /**
     * Takes memory for outputs that the plan {@link #covers}; the caller closes it.
     *
     * @throws OrtException when the runtime can't use it
     */
    Pinned pin(OrtEnvironment environment, List<String> outputs, int rows) throws OrtException {
        int bytes = 0;
        for (String output : outputs) {
            bytes += aligned(rows * entry(output).rowBytes());
        }
        ByteBuf memory = PooledByteBufAllocator.DEFAULT.directBuffer(bytes, bytes);
        Pinned pinned = new Pinned(memory);
        try {
            int offset = 0;
            for (String output : outputs) {
                Entry entry = entry(output);
                int size = rows * entry.rowBytes();
                long[] extents = entry.extents().clone();
                extents[0] = rows;
                ByteBuffer data = memory.nioBuffer(offset, size).order(ByteOrder.nativeOrder());
                pinned.add(
                        entry.spec(), extents, data, OnnxTensor.createTensor(environment, data, extents, entry.type()));
                offset += aligned(size);
            }
            return pinned;
        } catch (OrtException | RuntimeException e) {
            pinned.close();
            throw e;
        }
    }

    private Entry entry(String output) {
        Entry entry = entries.get(output);
        if (entry == null) {
            throw new IllegalArgumentException("output '" + output + "' is not planned");
        }
        return entry;
    }

    private static int aligned(int bytes) {
        return (bytes + Long.BYTES - 1) & -Long.BYTES;
    }

    /** Memory that waits for outputs. For one run, on one thread. */
    static final class Pinned implements AutoCloseable {

        private record Slot(TensorSpec spec, long[] extents, ByteBuffer data) {}

        private final ByteBuf memory;
        private final List<Slot> slots = new ArrayList<>();
        private final Map<String, OnnxTensor> tensors = new LinkedHashMap<>();

        private Pinned(ByteBuf memory) {
            this.memory = memory;
        }

        private void add(TensorSpec spec, long[] extents, ByteBuffer data, OnnxTensor tensor) {
            slots.add(new Slot(spec, extents, data));
            tensors.put(spec.name(), tensor);
        }

        /** Returns what the runtime fills. */
        Map<String, OnnxTensor> tensors() {
            return tensors;
        }

        /** Copies what the runtime wrote to the heap, in the order it was asked for. */
        List<Tensor> take() {
            List<Tensor> taken = new ArrayList<>(slots.size());
            for (Slot slot : slots) {
                ByteBuffer heap = ByteBuffer.allocate(slot.data().capacity()).order(ByteOrder.nativeOrder());
                heap.put(0, slot.data(), 0, heap.capacity());
                taken.add(new Tensor.Fixed(slot.spec().name(), slot.spec().datatype(), Shape.of(slot.extents()), heap));
            }
            return taken;
        }

        @Override
        public void close() {
            tensors.values().forEach(OnnxTensor::close);
            memory.release();
        }
    }
}
