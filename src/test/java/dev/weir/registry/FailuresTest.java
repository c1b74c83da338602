package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.inference.VersionRef;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FailuresTest {

    private static final VersionRef REF = new VersionRef("iris", "1");

    private Instant now = Instant.parse("2026-01-02T03:04:05Z");
    private final Failures failures = new Failures(() -> now);

    private void pass(Duration time) {
        now = now.plus(time);
    }

    @Test
    void shouldLetAVersionBeTriedThatNeverFailed() {
        assertThat(failures.mayTry(REF, "a")).isTrue();
    }

    @Test
    void shouldWaitForOtherFilesAfterALastingFailure() {
        failures.note(REF, "a", true);
        pass(Duration.ofDays(365));

        assertThat(failures.mayTry(REF, "a")).isFalse();
        assertThat(failures.mayTry(REF, "b")).isTrue();
    }

    @Test
    void shouldTryAgainAfterAPause() {
        failures.note(REF, "a", false);

        assertThat(failures.mayTry(REF, "a")).isFalse();
        pass(Failures.FIRST_PAUSE);
        assertThat(failures.mayTry(REF, "a")).isTrue();
    }

    @Test
    void shouldPauseTwiceAsLongEachTime() {
        failures.note(REF, "a", false);
        failures.note(REF, "a", false);
        pass(Failures.FIRST_PAUSE.multipliedBy(2).minusMillis(1));

        assertThat(failures.mayTry(REF, "a")).isFalse();
        pass(Duration.ofMillis(1));
        assertThat(failures.mayTry(REF, "a")).isTrue();
    }

    @Test
    void shouldNeverPauseLongerThanTheLongestPause() {
        for (int i = 0; i < 100; i++) {
            failures.note(REF, "a", false);
        }
        pass(Failures.LONGEST_PAUSE);

        assertThat(failures.mayTry(REF, "a")).isTrue();
    }

    @Test
    void shouldForgetWhatNobodyWants() {
        failures.note(REF, "a", true);

        failures.keep(Set.of());

        assertThat(failures.mayTry(REF, "a")).isTrue();
    }
}
