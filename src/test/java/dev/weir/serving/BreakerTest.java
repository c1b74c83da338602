package dev.weir.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.serving.Breaker.Verdict;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class BreakerTest {

    private final Breaker breaker = new Breaker();
    private long now = Long.MAX_VALUE - 1_000; // the monotonic clock may pass its highest number

    private void attempt(Verdict verdict) {
        assertThat(breaker.admits(now)).isTrue();
        breaker.end(verdict, now);
    }

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            attempt(Verdict.FAILED);
        }
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    @Test
    void shouldOpenOnConstantFailure() {
        fail(Breaker.LEAST - 1);
        assertThat(breaker.isOpen()).isFalse();

        assertThat(breaker.admits(now)).isTrue();
        assertThat(breaker.end(Verdict.FAILED, now)).isTrue();

        assertThat(breaker.admits(now)).isFalse();
    }

    @Test
    void shouldStayClosedWhileMostAttemptsAreFine() {
        for (int i = 0; i < 100; i++) {
            attempt(Verdict.FINE);
            attempt(Verdict.FINE);
            attempt(Verdict.FAILED);
            attempt(Verdict.FINE);
            attempt(Verdict.FINE);
            attempt(Verdict.FINE);
        }

        assertThat(breaker.isOpen()).isFalse();
    }

    @Test
    void shouldOpenWhenTooManyRequestsAreAnsweredTwiceThoughMostAreFine() {
        for (int i = 0; i < 2_000 && !breaker.isOpen(); i++) {
            attempt(i % 5 < 2 ? Verdict.FAILED : Verdict.FINE);
        }

        assertThat(breaker.isOpen()).isTrue();
    }

    @Test
    void shouldLetOneAttemptThroughAfterAPause() {
        fail(Breaker.LEAST);
        pass(Breaker.FIRST_PAUSE.minusNanos(1));
        assertThat(breaker.admits(now)).isFalse();

        pass(Duration.ofNanos(1));

        assertThat(breaker.admits(now)).isTrue();
        assertThat(breaker.admits(now)).isFalse();
    }

    @Test
    void shouldCloseWhenThatAttemptIsFine() {
        fail(Breaker.LEAST);
        pass(Breaker.FIRST_PAUSE);
        assertThat(breaker.admits(now)).isTrue();

        assertThat(breaker.end(Verdict.FINE, now)).isTrue();

        fail(Breaker.LEAST - 1);
        assertThat(breaker.isOpen()).isFalse();
    }

    @Test
    void shouldWaitTwiceAsLongWhenThatAttemptFailsAndNotForEver() {
        fail(Breaker.LEAST);
        Duration pause = Breaker.FIRST_PAUSE;
        for (int i = 0; i < 10; i++) {
            pass(pause);
            attempt(Verdict.FAILED);
            Duration twice = pause.multipliedBy(2);
            pause = twice.compareTo(Breaker.LONGEST_PAUSE) < 0 ? twice : Breaker.LONGEST_PAUSE;
            pass(pause.minusNanos(1));
            assertThat(breaker.admits(now)).isFalse();
            pass(Duration.ofNanos(1).minus(pause));
        }
    }

    @Test
    void shouldTryAnotherWhenThatAttemptSaysNothing() {
        fail(Breaker.LEAST);
        pass(Breaker.FIRST_PAUSE);
        attempt(Verdict.NEITHER);

        assertThat(breaker.admits(now)).isTrue();
    }
}
