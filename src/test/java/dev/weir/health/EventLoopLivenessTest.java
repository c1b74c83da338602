package dev.weir.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.ManualTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.junit.jupiter.api.Test;

class EventLoopLivenessTest {

    private final ManualTicker ticker = new ManualTicker();
    private final List<Runnable> loops = new ArrayList<>();
    private final EventLoopLiveness liveness =
            new EventLoopLiveness(List.of(loops::add, loops::add, loops::add), ticker);

    private boolean isAlive() {
        return liveness.call().getStatus() == HealthCheckResponse.Status.UP;
    }

    @Test
    void shouldBeAliveFromTheStart() {
        assertThat(isAlive()).isTrue();
    }

    @Test
    void shouldBeAliveAsLongAsEveryLoopMoves() {
        for (int i = 0; i < 10; i++) {
            ticker.advance(Duration.ofSeconds(29));
            loops.forEach(Runnable::run);
        }

        assertThat(isAlive()).isTrue();
    }

    @Test
    void shouldBeDeadWhenOneLoopStandsStill() {
        ticker.advance(Duration.ofSeconds(29));
        loops.get(0).run();
        loops.get(2).run();
        ticker.advance(Duration.ofSeconds(1));

        assertThat(isAlive()).isFalse();
        assertThat(liveness.call().getData().orElseThrow())
                .containsEntry("eventLoops", 3L)
                .containsEntry("silent", 1L)
                .containsEntry("silentMillis", 30_000L);
    }

    @Test
    void shouldBeAliveAgainWhenTheLoopMovesAgain() {
        ticker.advance(Duration.ofSeconds(60));
        loops.forEach(Runnable::run);

        assertThat(isAlive()).isTrue();
    }
}
