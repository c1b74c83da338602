package dev.weir.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.deployment.ServingState;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A shutdown waits for the requests in flight, and not for ever. */
@Timeout(180)
class DrainTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    private final ServingState state = new ServingState();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final InFlight inFlight = new InFlight(meters);

    private void drain(Duration patience) {
        new Drain(state, inFlight, FixedServingConfig.draining(patience)).onStop(new ShutdownDelayInitiatedEvent());
    }

    private CompletableFuture<Boolean> waiting() {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return inFlight.awaitNone(LONG);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void shouldNotWaitWhenNobodyIsThere() throws InterruptedException {
        assertThat(inFlight.awaitNone(Duration.ZERO)).isTrue();
    }

    @Test
    void shouldGiveUpWhenTheTimePasses() throws InterruptedException {
        inFlight.enter();

        assertThat(inFlight.awaitNone(Duration.ofMillis(1))).isFalse();
        assertThat(inFlight.count()).isOne();
    }

    @Test
    void shouldWaitForTheLast() throws Exception {
        inFlight.enter();
        inFlight.enter();
        CompletableFuture<Boolean> waiting = waiting();

        inFlight.leave();
        assertThat(waiting).isNotDone();
        inFlight.leave();

        assertThat(waiting.get(60, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void shouldWaitForWhoComesBetweenTheFirstLeaveAndTheLast() throws Exception {
        inFlight.enter();
        CompletableFuture<Boolean> waiting = waiting();
        for (int i = 0; i < 1_000; i++) {
            inFlight.enter();
            inFlight.leave();
        }
        inFlight.leave();

        assertThat(waiting.get(60, TimeUnit.SECONDS)).isTrue();
        assertThat(meters.get("weir.in.flight").gauge().value()).isZero();
    }

    @Test
    void shouldMakeTheServerUnreadyBeforeItWaits() throws Exception {
        inFlight.enter();
        CompletableFuture<Void> drain = CompletableFuture.runAsync(() -> drain(LONG));
        Awaitility.await().until(state::isDraining);
        assertThat(drain).isNotDone();

        inFlight.leave();

        drain.get(60, TimeUnit.SECONDS);
    }

    @Test
    void shouldGoOnWithoutTheAnswersThatDoNotCome() {
        inFlight.enter();

        drain(Duration.ofMillis(1));

        assertThat(state.isDraining()).isTrue();
    }

    @Test
    void shouldKeepAnInterruption() {
        inFlight.enter();
        Thread.currentThread().interrupt();

        drain(LONG);

        assertThat(Thread.interrupted()).isTrue();
    }
}
