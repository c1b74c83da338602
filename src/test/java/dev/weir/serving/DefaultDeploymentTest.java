package dev.weir.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.deployment.DeploymentSpec;
import dev.weir.deployment.Disclosure;
import dev.weir.deployment.ServingState;
import dev.weir.deployment.Snapshots;
import dev.weir.failure.ConfigurationRejected;
import dev.weir.fixture.FakeModel;
import dev.weir.inference.VersionRef;
import io.quarkus.runtime.StartupEvent;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DefaultDeploymentTest {

    private final ServingState state = new ServingState();

    private void start(Optional<String> name) {
        Snapshots.apply(
                state,
                Snapshots.deployment(
                        Snapshots.spec("flowers", Disclosure.FULL, new VersionRef("iris", "1")),
                        FakeModel.SIGNATURE,
                        Map.of()));
        new DefaultDeployment(state, FixedServingConfig.answeringBy(name)).onStart(new StartupEvent());
    }

    @Test
    void shouldBeOptional() {
        assertThatCode(() -> start(Optional.empty())).doesNotThrowAnyException();
    }

    @Test
    void shouldExistEvenIfItCannotServeYet() {
        assertThatCode(() -> start(Optional.of("flowers"))).doesNotThrowAnyException();
    }

    @Test
    void shouldBeRefusedWhenItDoesNotExist() {
        assertThatThrownBy(() -> start(Optional.of("flower")))
                .isInstanceOf(ConfigurationRejected.class)
                .hasMessage("weir.serving.default-deployment: no deployment has the name 'flower'; there are flowers");
    }

    @Test
    void shouldNotBeRemovedByFilesThatChange() {
        DefaultDeployment check = new DefaultDeployment(state, FixedServingConfig.answeringBy(Optional.of("flowers")));

        assertThat(check.problems(List.of(spec("herbs"), spec("ferns"))))
                .containsExactly("weir.serving.default-deployment: no deployment has the name 'flowers'; there are"
                        + " ferns, herbs");
        assertThat(check.problems(List.of(spec("herbs"), spec("flowers")))).isEmpty();
    }

    private static DeploymentSpec spec(String name) {
        return Snapshots.spec(name, Disclosure.FULL, new VersionRef("iris", "1"));
    }
}
