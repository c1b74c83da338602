package dev.weir.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.fixture.Described;
import dev.weir.fixture.States;
import dev.weir.registry.AliasMove;
import dev.weir.servable.ModelManifest;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What policies keep from serving. */
class PolicyRefreshTest extends SnapshotLoaderFixture {

    private void move(@Nullable String from, String to) {
        source.moveAlias("iris", new AliasMove("champion", from, to, "ada", NOW, "because"));
    }

    private @Nullable String serving(String deployment) {
        var ref = deployment(deployment).serving();
        return ref == null ? null : ref.version();
    }

    @Test
    void shouldNotLoadWhatLacksWhatTheServerDemands() throws IOException {
        policy = List.of("lineage.git_commit", "metrics.auc >= 0.9");
        register("iris", "1", auc(0.8));
        deploy("flowers", "model: iris, version: '1'");

        start();

        assertThat(state.isReady()).isFalse();
        assertThat(models).isEmpty();
        assertThat(board.get(ref("iris", "1")))
                .satisfies(States.isFailed(
                        NOW,
                        "deployment 'flowers' does not take it: lineage.git_commit is missing; metrics.auc is 0.8, not >="
                                + " 0.9"));
    }

    @Test
    void shouldLetNoBareArtifactAround() throws IOException {
        policy = List.of("lineage.training_data");
        register("iris", "1");
        deploy("flowers", "model: iris, version: '1'");

        start();

        assertThat(state.isReady()).isFalse();
    }

    @Test
    void shouldServeWhatMeetsThePolicy() throws IOException {
        policy = List.of("metrics.auc >= 0.9");
        register("iris", "1", auc(0.9));
        deploy("flowers", "model: iris, version: '1', policy: ['metrics.auc <= 0.95']");

        start();

        assertThat(serving("flowers")).isEqualTo("1");
    }

    @Test
    void shouldGoOnServingWhenTheAliasMovesToAVersionThatIsNotGoodEnough() throws IOException {
        policy = List.of("metrics.auc >= 0.9");
        register("iris", "1", auc(0.9));
        register("iris", "2", auc(0.8));
        move(null, "1");
        deploy("flowers", "model: iris, version: '@champion'");
        SnapshotLoader loader = start();
        move("1", "2");

        loader.refresh(false);

        assertThat(serving("flowers")).isEqualTo("1");
        assertThat(deployment("flowers").problem()).isEqualTo("version iris/2 is not loaded");
    }

    @Test
    void shouldServeInOneDeploymentWhatAnotherRefuses() throws IOException {
        register("iris", "1", auc(0.8));
        deploy("strict", "model: iris, version: '1', policy: ['metrics.auc >= 0.9']");
        deploy("lenient", "model: iris, version: '1'");

        start();

        assertThat(serving("lenient")).isEqualTo("1");
        assertThat(serving("strict")).isNull();
        assertThat(deployment("strict").leftOut())
                .containsEntry(ref("iris", "1"), "it does not meet the policy: metrics.auc is 0.8, not >= 0.9");
        assertThat(deployment("strict").problem())
                .isEqualTo("version iris/1 is left out: it does not meet the policy: metrics.auc is 0.8, not >= 0.9");
    }

    @Test
    void shouldHoldAStandbyToThePolicyToo() throws IOException {
        register("iris", "1", auc(0.9));
        register("iris", "2", auc(0.8));
        deploy("flowers", "model: iris, version: '1', standby: ['2'], policy: ['metrics.auc >= 0.9']");

        start();

        assertThat(deployment("flowers").lanes()).containsOnlyKeys(ref("iris", "1"));
    }

    @Test
    void shouldCompareANewChampionWithTheFormerOne() throws IOException {
        register("iris", "1", auc(0.9));
        register("iris", "2", auc(0.8));
        move(null, "1");
        deploy("flowers", "model: iris, version: '@champion', policy: ['metrics.auc >= @champion']");
        SnapshotLoader loader = start();
        move("1", "2");

        loader.refresh(false);

        assertThat(serving("flowers")).isEqualTo("1");
        assertThat(board.get(ref("iris", "2")))
                .satisfies(States.isFailed(
                        NOW,
                        "deployment 'flowers' does not take it: metrics.auc is 0.8, not >= 0.9, that of version 1 behind"
                                + " @champion"));
    }

    @Test
    void shouldNotServeAWorseChampionAfterARestartEither() throws IOException {
        register("iris", "1", auc(0.9));
        register("iris", "2", auc(0.8));
        move(null, "1");
        move("1", "2");
        deploy("flowers", "model: iris, version: '@champion', policy: ['metrics.auc >= @champion']");

        start();

        assertThat(serving("flowers")).isNull();
    }

    @Test
    void shouldServeAFormerChampionAgainAfterARestartAlthoughItIsWorse() throws IOException {
        register("iris", "1", auc(0.8));
        register("iris", "2", auc(0.9));
        move(null, "1");
        move("1", "2");
        move("2", "1");
        deploy("flowers", "model: iris, version: '@champion', policy: ['metrics.auc >= @champion']");

        start();

        assertThat(serving("flowers")).isEqualTo("1");
    }

    @Test
    void shouldCompareWithWhatServesIfTheRegistryTellsNoHistory() throws IOException {
        register("iris", "1", auc(0.9));
        register("iris", "2", auc(0.8));
        source.alias("iris", "champion", "1");
        deploy("flowers", "model: iris, version: '@champion', policy: ['metrics.auc >= @champion']");
        SnapshotLoader loader = start();
        source.alias("iris", "champion", "2");

        loader.refresh(false);

        assertThat(serving("flowers")).isEqualTo("1");
    }

    @Test
    void shouldCompareWithWhatServedBeforeARestartIfTheRegistryTellsNoHistory() throws IOException {
        register("iris", "1", auc(0.9));
        register("iris", "2", auc(0.8));
        source.alias("iris", "champion", "1");
        deploy("flowers", "model: iris, version: '@champion', policy: ['metrics.auc >= @champion']");
        start();
        source.alias("iris", "champion", "2");

        start();

        assertThat(serving("flowers")).isNull();
    }

    @Test
    void shouldServeAgainAfterARestartWhatWasAcceptedBefore() throws IOException {
        register("iris", "1", auc(0.8));
        register("iris", "2", auc(0.9));
        move(null, "1");
        deploy("pinned", "model: iris, version: '1', policy: ['metrics.auc >= @champion']");
        start();
        move("1", "2");

        start();

        assertThat(serving("pinned")).isEqualTo("1");
    }

    @Test
    void shouldNotLetAnAliasThatMovesTwiceLowerTheBar() throws IOException {
        register("iris", "1", auc(0.9));
        register("iris", "2", auc(0.7));
        register("iris", "3", auc(0.8));
        move(null, "1");
        deploy("flowers", "model: iris, version: '@champion', policy: ['metrics.auc >= @champion']");
        SnapshotLoader loader = start();
        move("1", "2");
        loader.refresh(false);
        move("2", "3");

        loader.refresh(false);

        assertThat(serving("flowers")).isEqualTo("1");
    }

    @Test
    void shouldTryAgainOnceWhatSetTheBarIsRevoked() throws IOException {
        register("iris", "1", auc(0.9));
        register("iris", "2", auc(0.8));
        move(null, "1");
        move("1", "2");
        deploy("flowers", "model: iris, version: '@champion', policy: ['metrics.auc >= @champion']");
        SnapshotLoader loader = start();
        @Nullable String before = serving("flowers");
        source.revoke(ref("iris", "1"), new dev.weir.registry.Revocation("ada", NOW, "leaked labels"));

        loader.refresh(false);

        assertThat(before).isNull();
        assertThat(serving("flowers")).isEqualTo("2");
    }

    @Test
    void shouldLetAFormerChampionStandInForABetterOne() throws IOException {
        register("iris", "1", auc(0.8));
        register("iris", "2", auc(0.9));
        register("iris", "3", auc(0.95));
        move(null, "1");
        move("1", "2");
        move("2", "3");
        source.revoke(ref("iris", "3"), new dev.weir.registry.Revocation("ada", NOW, "leaked labels"));
        source.put(ref("iris", "2"), () -> {
            throw new dev.weir.failure.RegistryUnavailable("not now", null);
        });
        deploy("flowers", "model: iris, version: '@champion', policy: ['metrics.auc >= @champion']");

        start();

        assertThat(serving("flowers")).isEqualTo("1");
    }

    @Test
    void shouldTellWhatTheServerDemandsOfAVersionBeforeItIsRegistered() throws IOException {
        policy = List.of("lineage.git_commit", "metrics.auc >= @champion");
        register("iris", "1", Described.metrics(Map.of("auc", 0.9)));
        move(null, "1");
        ModelManifest manifest =
                Described.with(source.fetch(ref("iris", "1")).manifest(), Described.metrics(Map.of("auc", 0.8)));

        assertThat(policies(source).survey(source.list(), state.current()).shortfalls(manifest))
                .extracting(each -> each.unmet().why())
                .containsExactly("lineage.git_commit is missing");
    }

    @Test
    void shouldNotMeasureWhatServesAgainWhenTheChampionMoves() throws IOException {
        register("iris", "1", auc(0.8));
        register("iris", "2", auc(0.9));
        move(null, "1");
        deploy("pinned", "model: iris, version: '1', policy: ['metrics.auc >= @champion']");
        SnapshotLoader loader = start();
        move("1", "2");

        loader.refresh(false);

        assertThat(serving("pinned")).isEqualTo("1");
    }

    @Test
    void shouldTryAgainOnceTheChampionIsAnother() throws IOException {
        register("iris", "1", auc(0.8));
        register("iris", "2", auc(0.9));
        register("iris", "3", auc(0.7));
        move(null, "3");
        move("3", "2");
        deploy("pinned", "model: iris, version: '1', policy: ['metrics.auc >= @champion']");
        SnapshotLoader loader = start();
        @Nullable String before = serving("pinned");
        move("2", "3");

        loader.refresh(false);

        assertThat(before).isNull();
        assertThat(serving("pinned")).isEqualTo("1");
    }

    @Test
    void shouldHaveNoBarOfARevokedChampion() throws IOException {
        register("iris", "1", auc(0.8));
        register("iris", "2", auc(0.9));
        move(null, "2");
        source.revoke(ref("iris", "2"), new dev.weir.registry.Revocation("ada", NOW, "leaked labels"));
        deploy("pinned", "model: iris, version: '1', policy: ['metrics.auc >= @champion']");

        start();

        assertThat(serving("pinned")).isEqualTo("1");
    }

    @Test
    void shouldNotStartWithAPolicyThatIsNone() {
        policy = List.of("metrics.auc >=");

        assertThatThrownBy(this::start)
                .isInstanceOf(ConfigurationRejected.class)
                .hasMessageContaining("weir.registry.policy[0]: character 15: something to compare with is expected");
    }
}
