package dev.weir.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.Overloaded;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class RequestMemoryTest {

    private final ByteBudget budget = new ByteBudget(1_000);
    private final RequestMemory memory = new RequestMemory(budget);

    @Test
    void shouldHandOutDirectMemoryInNativeOrder() {
        ByteBuffer buffer = memory.allocate(24);

        assertThat(buffer.isDirect()).isTrue();
        assertThat(buffer.order()).isEqualTo(ByteOrder.nativeOrder());
        assertThat(buffer.remaining()).isEqualTo(24);
        assertThat(buffer.capacity()).isEqualTo(24);
    }

    @Test
    void shouldReserveNothingWhenThereIsNoDirectMemoryLeft() {
        ByteBufAllocator exhausted = new AbstractByteBufAllocator() {
            @Override
            public boolean isDirectBufferPooled() {
                return false;
            }

            @Override
            protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
                throw new OutOfMemoryError("planted");
            }

            @Override
            protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
                throw new OutOfMemoryError("planted");
            }
        };
        RequestMemory unlucky = new RequestMemory(budget, exhausted);

        assertThatThrownBy(() -> unlucky.allocate(24)).isInstanceOf(OutOfMemoryError.class);

        assertThat(budget.reserved()).isZero();
        unlucky.close();
        assertThat(budget.reserved()).isZero();
    }

    @Test
    void shouldHandOutNoBytes() {
        assertThat(memory.allocate(0).remaining()).isZero();
    }

    @Test
    void shouldHandOutSeparateMemoryEachTime() {
        ByteBuffer one = memory.allocate(8).putLong(0, 1);
        ByteBuffer other = memory.allocate(8).putLong(0, 2);

        assertThat(one.getLong(0)).isEqualTo(1);
        assertThat(other.getLong(0)).isEqualTo(2);
    }

    @Test
    void shouldReserveWhatItHandsOut() {
        memory.allocate(24);
        memory.reserve(100);
        memory.allocate(1);

        assertThat(budget.reserved()).isEqualTo(125);
    }

    @Test
    void shouldGiveEverythingBack() {
        memory.allocate(24);
        memory.reserve(100);

        memory.close();

        assertThat(budget.reserved()).isZero();
    }

    @Test
    void shouldGiveEverythingBackOnce() {
        RequestMemory other = new RequestMemory(budget);
        other.reserve(500);
        memory.reserve(100);

        memory.close();
        memory.close();

        assertThat(budget.reserved()).isEqualTo(500);
    }

    @Test
    void shouldHandOutNothingOnceClosed() {
        memory.close();

        assertThatIllegalStateException().isThrownBy(() -> memory.allocate(1));
        assertThatIllegalStateException().isThrownBy(() -> memory.reserve(1));
        assertThat(budget.reserved()).isZero();
    }

    @Test
    void shouldTakeNothingWhenTheBudgetRefuses() {
        assertThatThrownBy(() -> memory.allocate(1_001)).isInstanceOf(Overloaded.class);

        assertThat(budget.reserved()).isZero();
    }

    @Test
    void shouldGiveBackWhatItHeldBeforeTheBudgetRefused() {
        memory.allocate(900);
        assertThatThrownBy(() -> memory.allocate(101)).isInstanceOf(Overloaded.class);

        memory.close();

        assertThat(budget.reserved()).isZero();
    }

    @Test
    void shouldLeaveNothingBehindWhenClosedWhileAnotherThreadTakes() throws Exception {
        for (int round = 0; round < 300; round++) {
            RequestMemory contended = new RequestMemory(budget);
            CountDownLatch start = new CountDownLatch(1);
            List<Future<?>> done = new ArrayList<>();
            try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
                done.add(executor.submit(() -> {
                    start.await();
                    for (int i = 0; i < 20; i++) {
                        try {
                            contended.allocate(10);
                        } catch (IllegalStateException e) {
                            return null; // closed meanwhile
                        }
                    }
                    return null;
                }));
                done.add(executor.submit(() -> {
                    start.await();
                    contended.close();
                    return null;
                }));
                start.countDown();
            }
            for (Future<?> each : done) {
                each.get();
            }
            assertThat(budget.reserved()).isZero();
        }
    }
}
