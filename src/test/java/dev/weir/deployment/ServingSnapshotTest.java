package dev.weir.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.Artifacts;
import dev.weir.fixture.FakeModel;
import dev.weir.fixture.ManualExecutor;
import dev.weir.fixture.ManualTicker;
import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import dev.weir.predictionlog.LogPolicy;
import dev.weir.registry.metadata.MetadataPolicy;
import dev.weir.routing.TrafficSplit;
import dev.weir.routing.Variant;
import dev.weir.servable.Lane;
import dev.weir.servable.Servable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServingSnapshotTest {

    private static final VersionRef PRIMARY = new VersionRef("iris", "2");
    private static final VersionRef STANDBY = new VersionRef("iris", "1");

    @TempDir
    Path directory;

    private Deployment deployment(String name, boolean required, VersionRef... loaded) {
        DeploymentSpec spec = new DeploymentSpec(
                name,
                "",
                "iris",
                List.of(
                        new VariantSpec("primary", new VersionChoice.Exactly("2"), VariantRole.PRIMARY),
                        new VariantSpec("standby-1", new VersionChoice.Exactly("1"), VariantRole.STANDBY)),
                Traffic.of(name),
                required,
                Duration.ofSeconds(1),
                OptionalInt.empty(),
                1,
                Disclosure.FULL,
                MetadataPolicy.NONE,
                OnRevoked.PREVIOUS,
                LogPolicy.DEFAULT);
        TrafficSplit split = TrafficSplit.toPrimary(List.of(
                new Variant("primary", PRIMARY, VariantRole.PRIMARY),
                new Variant("standby-1", STANDBY, VariantRole.STANDBY)));
        Map<VersionRef, Lane> lanes = new TreeMap<>(Comparator.comparing(VersionRef::toString));
        for (VersionRef ref : loaded) {
            lanes.put(ref, lane());
        }
        return new Deployment(spec, split, FakeModel.SIGNATURE, lanes, Map.of(), null, null, null);
    }

    private Lane lane() {
        Servable servable = new Servable(Artifacts.in(directory).holding(new byte[] {1}), FakeModel.echo(), () -> {});
        return new Lane(servable, 1, 1, new ManualExecutor(), new ManualTicker());
    }

    private static ServingSnapshot snapshot(Deployment... deployments) {
        Map<String, Deployment> byName = new TreeMap<>();
        for (Deployment deployment : deployments) {
            byName.put(deployment.name(), deployment);
        }
        return new ServingSnapshot(byName, "sha256:0", false);
    }

    @Test
    void shouldNotBeReadyBeforeAConfigurationIsApplied() {
        assertThat(ServingSnapshot.NONE.isReady()).isFalse();
        assertThat(new ServingState().isReady()).isFalse();
    }

    @Test
    void shouldNotBeReadyWithNothingToServe() {
        assertThat(snapshot().isReady()).isFalse();
    }

    @Test
    void shouldBeReadyWithNothingToServeIfThatIsTheConfiguration() {
        assertThat(new ServingSnapshot(Map.of(), "sha256:0", true).isReady()).isTrue();
    }

    @Test
    void shouldBeReadyWhenEveryPrimaryIs() {
        assertThat(snapshot(deployment("a", true, PRIMARY), deployment("b", true, PRIMARY, STANDBY))
                        .isReady())
                .isTrue();
    }

    @Test
    void shouldNotBeReadyWithoutARequiredPrimary() {
        assertThat(snapshot(deployment("a", true, PRIMARY), deployment("b", true))
                        .isReady())
                .isFalse();
    }

    @Test
    void shouldNotTakeAStandbyForAPrimary() {
        assertThat(snapshot(deployment("a", true, STANDBY)).isReady()).isFalse();
    }

    @Test
    void shouldBeReadyWithoutADeploymentThatIsNotRequired() {
        assertThat(snapshot(deployment("a", true, PRIMARY), deployment("b", false))
                        .isReady())
                .isTrue();
    }

    @Test
    void shouldListDeploymentsByName() {
        assertThat(snapshot(deployment("b", true), deployment("a", true)).deployments())
                .containsOnlyKeys("a", "b");
    }

    @Test
    void shouldNotBeReadyOnItsWayOut() {
        ServingState state = new ServingState();
        state.apply(snapshot(deployment("a", true, PRIMARY)));
        assertThat(state.isReady()).isTrue();

        state.drain();

        assertThat(state.isReady()).isFalse();
        assertThat(state.isDraining()).isTrue();
    }
}
