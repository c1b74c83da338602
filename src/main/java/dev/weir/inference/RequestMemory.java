package dev.weir.inference;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The memory one request holds: its share of the {@link ByteBudget} and its pooled direct buffers, given back together
 * and once.
 *
 * <p>It has one owner at a time: the edge while the body is read and decoded, then the native call, which closes it
 * when it returns, even if the caller was answered long before. Only the owner closes it: its buffers are pooled, and
 * who wrote to them afterwards would write into another request. Methods are thread-safe, because owners take turns on
 * different threads; after {@link #close} no memory is handed out.
 */
public final class RequestMemory implements TensorAllocator, AutoCloseable {

    private final ByteBudget budget;
    private final ByteBufAllocator direct;
    private final @Nullable RequestMemory leased;
    private long reserved;
    private int leases;
    private boolean closed;
    private @Nullable ByteBuf first;
    private @Nullable List<ByteBuf> more;

    /** Opens an empty share of a budget. */
    public RequestMemory(ByteBudget budget) {
        this(budget, PooledByteBufAllocator.DEFAULT);
    }

    RequestMemory(ByteBudget budget, ByteBufAllocator direct) {
        this(budget, direct, null);
    }

    private RequestMemory(ByteBudget budget, ByteBufAllocator direct, @Nullable RequestMemory leased) {
        this.budget = budget;
        this.direct = direct;
        this.leased = leased;
    }

    /**
     * Returns a share of its own that keeps what this one holds until it is closed too, for a native call beside which
     * somebody else goes on with the request.
     *
     * @throws IllegalStateException when closed
     */
    public synchronized RequestMemory lease() {
        requireOpen();
        leases++;
        return new RequestMemory(budget, direct, this);
    }

    /**
     * Reserves bytes that live elsewhere, such as a body or heap objects decoded from it.
     *
     * @throws dev.weir.failure.Overloaded when the budget is taken
     * @throws IllegalStateException when closed
     */
    @Override
    public synchronized void reserve(long bytes) {
        requireOpen();
        budget.reserve(bytes);
        reserved += bytes;
    }

    /**
     * Reserves and hands out direct memory in native order; its contents are undefined.
     *
     * @param bytes how much
     * @throws dev.weir.failure.Overloaded when the budget is taken
     * @throws IllegalStateException when closed
     */
    @Override
    public synchronized ByteBuffer allocate(int bytes) {
        reserve(bytes);
        ByteBuf buffer;
        try {
            buffer = direct.directBuffer(Math.max(bytes, 1), Math.max(bytes, 1));
        } catch (Throwable e) {
            reserved -= bytes;
            budget.release(bytes);
            throw e;
        }
        if (first == null) {
            first = buffer;
        } else {
            if (more == null) {
                more = new ArrayList<>();
            }
            more.add(buffer);
        }
        return buffer.nioBuffer(0, bytes).order(ByteOrder.nativeOrder());
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("request memory is closed");
        }
    }

    /** Gives everything back, at the latest when the last lease is closed; further calls do nothing. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            giveBackUnleased();
        }
    }

    private synchronized void returned() {
        leases--;
        if (closed) {
            giveBackUnleased();
        }
    }

    /** Called under the lock; locks are taken from a lease to what it was leased from, never the other way round. */
    private void giveBackUnleased() {
        if (leases > 0) {
            return;
        }
        if (first != null) {
            first.release();
            first = null;
        }
        if (more != null) {
            more.forEach(ByteBuf::release);
            more = null;
        }
        budget.release(reserved);
        if (leased != null) {
            leased.returned();
        }
    }
}
