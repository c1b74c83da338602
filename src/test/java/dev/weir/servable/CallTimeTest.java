package dev.weir.servable;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CallTimeTest {

    private static final long SHORT = CallTime.SHORT_NANOS / 10;
    private static final long LONG = CallTime.SHORT_NANOS * 2;

    private final CallTime time = new CallTime();

    private void add(int calls, long nanos) {
        for (int i = 0; i < calls; i++) {
            time.add(nanos);
        }
    }

    @Test
    void shouldTakeCallsForLongBeforeItKnowsAny() {
        assertThat(time.isShort()).isFalse();
    }

    @Test
    void shouldFindCallsShortAfterManyShortOnes() {
        add(100, SHORT);

        assertThat(time.isShort()).isTrue();
    }

    @Test
    void shouldNotMindOneCallThatWaitedForAProcessor() {
        add(100, SHORT);

        time.add(Long.MAX_VALUE);

        assertThat(time.isShort()).isTrue();
    }

    @Test
    void shouldFindCallsLongWhenTheyBecomeSo() {
        add(100, SHORT);
        add(100, LONG);

        assertThat(time.isShort()).isFalse();
    }
}
