package dev.weir.api.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.deployment.Deployment;
import dev.weir.deployment.Disclosure;
import dev.weir.deployment.ServingState;
import dev.weir.deployment.Snapshots;
import dev.weir.fixture.FakeModel;
import dev.weir.fixture.States;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ServableBoard;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DeploymentViewsTest {

    private static final VersionRef PRIMARY = new VersionRef("iris", "2");
    private static final VersionRef STANDBY = new VersionRef("iris", "1");

    private final ServingState state = new ServingState();
    private final ServableBoard board = new ServableBoard();

    private DeploymentViews.VariantView standby(Map<VersionRef, String> leftOut) {
        Snapshots.apply(
                state,
                Snapshots.deployment(
                        Snapshots.spec("flowers", Disclosure.FULL, PRIMARY, STANDBY),
                        FakeModel.SIGNATURE,
                        Map.of(),
                        leftOut));
        return new DeploymentViews(state, board)
                .list()
                .deployments()
                .getFirst()
                .variants()
                .get(1);
    }

    @Test
    void shouldShowAVariantThatIsLeftOutAsUnavailableAndWhy() {
        board.set(STANDBY, States.available(Instant.EPOCH));

        DeploymentViews.VariantView shown = standby(Map.of(STANDBY, "its signature differs"));

        assertThat(shown.state()).isEqualTo("UNAVAILABLE");
        assertThat(shown.reason()).isEqualTo("its signature differs");
    }

    @Test
    void shouldShowWhyAVersionWasRefused() {
        board.set(STANDBY, States.failed(Instant.EPOCH, "no such file"));

        DeploymentViews.VariantView shown = standby(Map.of());

        assertThat(shown.state()).isEqualTo("FAILED");
        assertThat(shown.reason()).isEqualTo("no such file");
    }

    @Test
    void shouldShowNoReasonForAVersionThatServes() {
        board.set(STANDBY, States.available(Instant.EPOCH));

        DeploymentViews.VariantView shown = standby(Map.of());

        assertThat(shown.state()).isEqualTo("READY");
        assertThat(shown.reason()).isNull();
    }

    @Test
    void shouldShowWhyADeploymentDoesNotServeWhatIsAskedOfIt() {
        Deployment aliasless = new Deployment(
                Snapshots.spec("flowers", Disclosure.FULL, PRIMARY),
                null,
                null,
                Map.of(),
                Map.of(),
                null,
                null,
                "no alias");
        Snapshots.apply(state, aliasless);

        assertThat(new DeploymentViews(state, board).list().deployments())
                .extracting(DeploymentViews.DeploymentView::problem)
                .containsExactly("no alias");
    }
}
