package dev.weir.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ByteBudgetTest {

    private final ByteBudget budget = new ByteBudget(100);

    @Test
    void shouldGiveAllThereIs() {
        budget.reserve(60);
        budget.reserve(40);

        assertThat(budget.reserved()).isEqualTo(100);
    }

    @ParameterizedTest
    @ValueSource(longs = {41, 100, Long.MAX_VALUE})
    void shouldRefuseMoreThanThereIs(long bytes) {
        budget.reserve(60);

        assertThatThrownBy(() -> budget.reserve(bytes))
                .isInstanceOfSatisfying(Overloaded.class, overloaded -> assertThat(overloaded.code())
                        .isEqualTo(FailureCode.BYTE_BUDGET_EXHAUSTED));
    }

    @Test
    void shouldTakeNothingWhenItRefuses() {
        budget.reserve(60);
        assertThatThrownBy(() -> budget.reserve(41)).isInstanceOf(Overloaded.class);

        assertThat(budget.reserved()).isEqualTo(60);
        assertThatCode(() -> budget.reserve(40)).doesNotThrowAnyException();
    }

    @Test
    void shouldGiveAgainWhatCameBack() {
        budget.reserve(100);
        budget.release(100);

        assertThatCode(() -> budget.reserve(100)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE})
    void shouldNotTradeInNegativeBytes(long bytes) {
        assertThatIllegalArgumentException().isThrownBy(() -> budget.reserve(bytes));
        assertThatIllegalArgumentException().isThrownBy(() -> budget.release(bytes));
        assertThat(budget.reserved()).isZero();
    }

    @Test
    void shouldNoticeMoreComingBackThanWasTaken() {
        budget.reserve(1);

        assertThatIllegalStateException().isThrownBy(() -> budget.release(2));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1})
    void shouldNotBeEmptyFromTheStart(long capacity) {
        assertThatIllegalArgumentException().isThrownBy(() -> new ByteBudget(capacity));
    }

    @Test
    void shouldNeverGiveMoreThanThereIsUnderContention() throws Exception {
        int threads = 4;
        AtomicLong held = new AtomicLong();
        AtomicLong most = new AtomicLong();
        AtomicLong refusals = new AtomicLong();
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> done = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                Random random = new Random(t);
                done.add(executor.submit(() -> {
                    for (int i = 0; i < 50_000; i++) {
                        long bytes = random.nextInt(60);
                        try {
                            budget.reserve(bytes);
                        } catch (Overloaded e) {
                            refusals.incrementAndGet();
                            continue;
                        }
                        most.accumulateAndGet(held.addAndGet(bytes), Math::max);
                        held.addAndGet(-bytes);
                        budget.release(bytes);
                    }
                }));
            }
            for (Future<?> each : done) {
                each.get();
            }
        }

        assertThat(most).hasValueLessThanOrEqualTo(100);
        assertThat(budget.reserved()).isZero();
        assertThat(refusals).hasPositiveValue();
    }
}
