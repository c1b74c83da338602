package dev.weir.servable;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CancellationTest {

    private final Cancellation cancellation = new Cancellation();
    private final AtomicInteger stops = new AtomicInteger();

    @Test
    void shouldStopTheCallThatIsAttached() {
        cancellation.attach(stops::incrementAndGet);

        cancellation.cancel();

        assertThat(stops).hasValue(1);
    }

    @Test
    void shouldStopACallThatIsAttachedAfterwards() {
        cancellation.cancel();

        cancellation.attach(stops::incrementAndGet);

        assertThat(stops).hasValue(1);
    }

    @Test
    void shouldStopOnce() {
        cancellation.attach(stops::incrementAndGet);

        cancellation.cancel();
        cancellation.cancel();

        assertThat(stops).hasValue(1);
    }

    @Test
    void shouldNotTouchACallThatIsOver() {
        cancellation.attach(stops::incrementAndGet);
        cancellation.detach();

        cancellation.cancel();

        assertThat(stops).hasValue(0);
    }

    @Test
    void shouldSayWhetherItWasCancelled() {
        assertThat(cancellation.isCancelled()).isFalse();

        cancellation.cancel();

        assertThat(cancellation.isCancelled()).isTrue();
    }
}
