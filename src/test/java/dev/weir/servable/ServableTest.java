package dev.weir.servable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.fixture.Artifacts;
import dev.weir.fixture.FakeModel;
import dev.weir.fixture.ForwardingModel;
import dev.weir.fixture.Tensors;
import dev.weir.inference.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServableTest {

    @TempDir
    Path directory;

    private final FakeModel model = FakeModel.echo();
    private final AtomicInteger closedCalls = new AtomicInteger();

    private Servable servable(LoadedModel behind) {
        ModelArtifact artifact =
                Artifacts.in(directory).promising(FakeModel.SIGNATURE).holding(new byte[] {1});
        return new Servable(artifact, behind, closedCalls::incrementAndGet);
    }

    private Servable servable() {
        return servable(model);
    }

    @Test
    void shouldBeHeldByItsOwnerFromTheStart() {
        assertThat(servable().holds()).isOne();
    }

    @Test
    void shouldCloseTheModelWhenItsOwnerDrainsItAndNobodyUsesIt() {
        servable().drain();

        assertThat(model.closes()).isOne();
    }

    @Test
    void shouldKeepTheModelOpenWhileSomebodyUsesIt() {
        Servable servable = servable();
        servable.retain();

        servable.drain();

        assertThat(model.closes()).isZero();
    }

    @Test
    void shouldCloseTheModelWhenTheLastUseIsOver() {
        Servable servable = servable();
        servable.retain();
        servable.drain();

        servable.release();

        assertThat(model.closes()).isOne();
        assertThat(servable.holds()).isZero();
    }

    @Test
    void shouldSayOnceThatItIsClosed() {
        Servable servable = servable();
        servable.retain();
        servable.drain();
        servable.release();

        assertThat(closedCalls).hasValue(1);
    }

    @Test
    void shouldDrainOnce() {
        Servable servable = servable();
        servable.retain();

        servable.drain();
        servable.drain();

        assertThat(servable.holds()).isOne();
    }

    @Test
    void shouldStillBeUsableWhileItDrains() {
        Servable servable = servable();
        servable.retain();
        servable.drain();

        assertThat(servable.retain()).isTrue();
    }

    @Test
    void shouldNotBeUsableOnceClosed() {
        Servable servable = servable();
        servable.drain();

        assertThat(servable.retain()).isFalse();
    }

    @Test
    void shouldRefuseToBeGivenBackTwice() {
        Servable servable = servable();
        servable.drain();

        assertThatThrownBy(servable::release)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("given back twice");
    }

    @Test
    void shouldStayClosedAfterItWasGivenBackTwice() {
        Servable servable = servable();
        servable.drain();
        assertThatThrownBy(servable::release).isInstanceOf(IllegalStateException.class);

        assertThat(servable.retain()).isFalse();
        assertThat(servable.holds()).isZero();
        assertThat(model.closes()).isOne();
    }

    @Test
    void shouldAskForAllOutputsWhenNoneAreNamed() {
        List<List<String>> asked = new ArrayList<>();
        Servable servable = servable(new ForwardingModel(model) {
            @Override
            public ModelRun run(List<Tensor> inputs, List<String> outputs, Cancellation cancellation) {
                asked.add(outputs);
                return super.run(inputs, outputs, cancellation);
            }
        });

        servable.run(List.of(Tensors.fp32("x", 1)), List.of(), new Cancellation());

        assertThat(asked).containsExactly(List.of("y"));
    }

    @Test
    void shouldCountAsClosedEvenWhenTheModelFailsToClose() {
        Servable servable = servable(new ForwardingModel(model) {
            @Override
            public void close() {
                throw new IllegalStateException("native close failed");
            }
        });

        assertThatCode(servable::drain).doesNotThrowAnyException();

        assertThat(closedCalls).hasValue(1);
    }

    @Test
    void shouldCloseOnceUnderContention() throws Exception {
        int threads = 4;
        for (int round = 0; round < 200; round++) {
            FakeModel contended = FakeModel.echo();
            Servable servable = servable(contended);
            CountDownLatch start = new CountDownLatch(1);
            try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
                for (int t = 0; t < threads; t++) {
                    executor.execute(() -> {
                        awaitQuietly(start);
                        for (int i = 0; i < 20 && servable.retain(); i++) {
                            servable.run(List.of(Tensors.fp32("x", 1)), List.of(), new Cancellation());
                            servable.release();
                        }
                    });
                }
                executor.execute(() -> {
                    awaitQuietly(start);
                    servable.drain();
                });
                start.countDown();
            }

            assertThat(contended.closes()).isOne();
            assertThat(contended.wasMistreated()).isFalse();
            assertThat(servable.holds()).isZero();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }
}
