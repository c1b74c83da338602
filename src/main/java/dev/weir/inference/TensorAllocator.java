package dev.weir.inference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Where decoded tensors get their memory from. */
public interface TensorAllocator {

    /** Direct memory that the garbage collector frees, for tensors without a request such as golden samples. */
    TensorAllocator UNPOOLED = new TensorAllocator() {
        @Override
        public ByteBuffer allocate(int bytes) {
            return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        }

        @Override
        public void reserve(long bytes) {}
    };

    /**
     * Hands out direct memory in native order, its contents undefined.
     *
     * @param bytes how much
     * @throws dev.weir.failure.Overloaded when there is no room
     */
    ByteBuffer allocate(int bytes);

    /**
     * Counts heap bytes that a decoded tensor takes elsewhere.
     *
     * @throws dev.weir.failure.Overloaded when there is no room
     */
    void reserve(long bytes);
}
