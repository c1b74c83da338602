package dev.weir.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.deployment.Disclosure;
import dev.weir.deployment.ServingState;
import dev.weir.deployment.Snapshots;
import dev.weir.fixture.Artifacts;
import dev.weir.fixture.FakeModel;
import dev.weir.fixture.ManualExecutor;
import dev.weir.fixture.ManualTicker;
import dev.weir.inference.VersionRef;
import dev.weir.predictionlog.local.LogHealth;
import dev.weir.servable.Lane;
import dev.weir.servable.Servable;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServingReadinessTest {

    private static final VersionRef IRIS = new VersionRef("iris", "1");

    @TempDir
    Path directory;

    private final ServingState state = new ServingState();
    private LogHealth log = LogHealth.OK;

    private HealthCheckResponse answer() {
        return new ServingReadiness(state, () -> log).call();
    }

    private void serve(Map<VersionRef, Lane> lanes) {
        Snapshots.apply(
                state,
                Snapshots.deployment(Snapshots.spec("flowers", Disclosure.FULL, IRIS), FakeModel.SIGNATURE, lanes));
    }

    private Lane lane() {
        Servable servable = new Servable(Artifacts.in(directory).holding(new byte[] {1}), FakeModel.echo(), () -> {});
        return new Lane(servable, 1, 1, new ManualExecutor(), new ManualTicker());
    }

    @Test
    void shouldBeUpWhenWhatIsRequiredServes() {
        serve(Map.of(IRIS, lane()));

        assertThat(answer().getStatus()).isEqualTo(HealthCheckResponse.Status.UP);
        assertThat(answer().getData().orElseThrow()).doesNotContainKey("reason");
    }

    @Test
    void shouldTellThatRecordsDoNotReachTheDiskAndServeOn() {
        serve(Map.of(IRIS, lane()));
        log = new LogHealth(Instant.EPOCH, LogHealth.Trouble.DISK_FULL);

        assertThat(answer().getStatus()).isEqualTo(HealthCheckResponse.Status.UP);
        assertThat(answer().getData().orElseThrow())
                .containsEntry("predictionLog", "records do not reach the disk: disk_full");
    }

    @Test
    void shouldNameWhatIsRequiredAndMissing() {
        serve(Map.of());

        assertThat(answer().getStatus()).isEqualTo(HealthCheckResponse.Status.DOWN);
        assertThat(answer().getData().orElseThrow())
                .containsEntry("unready", 1L)
                .containsEntry("deployment flowers", "required");
    }

    @Test
    void shouldSayThatNothingIsDeployed() {
        Snapshots.apply(state);

        assertThat(answer().getStatus()).isEqualTo(HealthCheckResponse.Status.DOWN);
        assertThat(answer().getData().orElseThrow())
                .containsEntry("reason", "nothing is deployed, and weir.deployments.allow-none is not set");
    }

    @Test
    void shouldBeDownOnItsWayOut() {
        serve(Map.of(IRIS, lane()));
        state.drain();

        assertThat(answer().getStatus()).isEqualTo(HealthCheckResponse.Status.DOWN);
        assertThat(answer().getData().orElseThrow()).containsEntry("draining", true);
    }
}
