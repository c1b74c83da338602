package dev.weir.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.fixture.FakeModel;
import dev.weir.fixture.Tensors;
import dev.weir.servable.Cancellation;
import dev.weir.servable.LoadedModel;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class GuardedModelTest {

    private static void run(LoadedModel model) {
        model.run(List.of(Tensors.fp32("x", 1)), List.of("y"), new Cancellation());
    }

    @Test
    void shouldCloseAtOnceWhenNothingRuns() {
        FakeModel fake = FakeModel.echo();
        LoadedModel model = new GuardedModel(fake);
        run(model);

        model.close();

        assertThat(fake.closes()).isOne();
    }

    @Test
    void shouldCloseOnce() {
        FakeModel fake = FakeModel.echo();
        LoadedModel model = new GuardedModel(fake);
        model.close();

        model.close();

        assertThat(fake.closes()).isOne();
    }

    @Test
    void shouldWaitWithTheCloseForTheRunItMeets() {
        AtomicReference<LoadedModel> model = new AtomicReference<>();
        FakeModel fake = FakeModel.echo().duringRun(() -> model.get().close());
        model.set(new GuardedModel(fake));

        run(model.get());

        assertThat(fake.closes()).isOne();
        assertThat(fake.wasMistreated()).isFalse();
    }

    @Test
    void shouldCloseAfterARunThatFails() {
        AtomicReference<LoadedModel> model = new AtomicReference<>();
        FakeModel fake = FakeModel.failing(new IllegalArgumentException("no"))
                .duringRun(() -> model.get().close());
        model.set(new GuardedModel(fake));

        assertThatThrownBy(() -> run(model.get())).isInstanceOf(IllegalArgumentException.class);

        assertThat(fake.closes()).isOne();
    }

    @Test
    void shouldRefuseToRunOnceClosed() {
        FakeModel fake = FakeModel.echo();
        LoadedModel model = new GuardedModel(fake);
        model.close();

        assertThatThrownBy(() -> run(model)).isInstanceOf(IllegalStateException.class);
        assertThat(fake.runs()).isZero();
    }

    @RepeatedTest(20)
    void shouldNeverCloseUnderARunHoweverTheyMeet() throws Exception {
        FakeModel fake = FakeModel.echo();
        LoadedModel model = new GuardedModel(fake);
        Semaphore begun = new Semaphore(0);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (int i = 0; i < 3; i++) {
                threads.execute(() -> {
                    try {
                        for (int runs = 0; runs < 1_000_000; runs++) {
                            run(model);
                            begun.release();
                        }
                    } catch (IllegalStateException e) {
                        // closed
                    }
                });
            }
            begun.acquire(10);
            model.close();
        }

        assertThat(fake.wasMistreated()).isFalse();
        assertThat(fake.closes()).isOne();
    }
}
