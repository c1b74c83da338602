package dev.weir.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.failure.ArtifactRejected;
import dev.weir.registry.AliasMove;
import dev.weir.registry.Revocation;
import io.quarkus.runtime.ShutdownEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What serves in the place of a revoked version when the first choice can't, and for how long. */
class StandInTest extends SnapshotLoaderFixture {

    /** Every fetch of a version that can't be loaded. */
    private final List<String> fetches = new ArrayList<>();

    private void move(@Nullable String from, String to) {
        source.note("iris", new AliasMove("champion", from, to, "ada", NOW, "because"));
    }

    private void revoke(String version) {
        source.revoke(ref("iris", version), new Revocation("ada", NOW, "leaked labels"));
    }

    private void damage(String version) {
        source.put(ref("iris", version), () -> {
            fetches.add(version);
            throw new ArtifactRejected("manifest: field 'files' is missing");
        });
    }

    private @Nullable String serving() {
        var ref = deployment("flowers").serving();
        return ref == null ? null : ref.version();
    }

    /** Serves version 2 although the alias stands for 3, which can't be loaded; 1 is kept for a return. */
    private SnapshotLoader serveTwoInPlaceOfThree(String more) throws IOException {
        register("iris", "1");
        register("iris", "2");
        register("iris", "4");
        damage("3");
        move(null, "1");
        deploy("flowers", "model: iris, version: '@champion'" + more);
        SnapshotLoader loader = start();
        move("1", "2");
        loader.refresh(false);
        move("2", "3");
        loader.refresh(false);
        return loader;
    }

    /** Has version 5 revoked, for which the alias stood after 1, 2, 3 and 4. */
    private void revokeFive() {
        register("iris", "5");
        move(null, "1");
        move("1", "2");
        move("2", "3");
        move("3", "4");
        move("4", "5");
        revoke("5");
    }

    @Test
    void shouldFallBackWhenWhatServesInPlaceOfTheWantedVersionIsRevoked() throws IOException {
        SnapshotLoader loader = serveTwoInPlaceOfThree("");
        revoke("2");

        loader.refresh(false);

        assertThat(serving()).isEqualTo("1");
        assertThat(deployment("flowers").problem())
                .isEqualTo("version iris/3 is not loaded; version iris/2 is revoked: leaked labels; version iris/1"
                        + " stands in for it");
    }

    @Test
    void shouldFallBackToTheStandbyWhenWhatServesInPlaceOfTheWantedVersionIsRevoked() throws IOException {
        SnapshotLoader loader = serveTwoInPlaceOfThree(", standby: ['4'], onRevoked: standby");
        revoke("2");

        loader.refresh(false);

        assertThat(serving()).isEqualTo("4");
    }

    @Test
    void shouldBeUnreadyWhenWhatServesInPlaceOfTheWantedVersionIsRevokedIfTheDeploymentSaysSo() throws IOException {
        SnapshotLoader loader = serveTwoInPlaceOfThree(", standby: ['4'], onRevoked: unready");
        revoke("2");

        loader.refresh(false);
        loader.refresh(false);

        assertThat(serving()).isNull();
        assertThat(deployment("flowers").problem())
                .isEqualTo("version iris/3 is not loaded; version iris/2 is revoked: leaked labels");
    }

    @Test
    void shouldSettleOnAStandIn() throws IOException {
        SnapshotLoader loader = serveTwoInPlaceOfThree("");
        revoke("2");
        loader.refresh(false);
        ServingSnapshot fallen = state.current();

        loader.refresh(false);

        assertThat(state.current()).isSameAs(fallen);
    }

    @Test
    void shouldTakeTheWantedVersionFromAStandInOnceItCanServe() throws IOException {
        SnapshotLoader loader = serveTwoInPlaceOfThree("");
        revoke("2");
        loader.refresh(false);
        register("iris", "3");

        loader.refresh(true);

        assertThat(serving()).isEqualTo("3");
        assertThat(deployment("flowers").problem()).isNull();
        assertThat(deployment("flowers").withdrawn()).isNull();
    }

    @Test
    void shouldFallBackFurtherWhenTheStandInIsRevokedToo() throws IOException {
        SnapshotLoader loader = serveTwoInPlaceOfThree(", standby: ['4']");
        revoke("2");
        loader.refresh(false);
        revoke("1");

        loader.refresh(false);

        assertThat(serving()).isEqualTo("4");
    }

    @Test
    void shouldFindAStandInLaterWhenThereIsNoneAtFirst() throws IOException {
        SnapshotLoader loader = serveTwoInPlaceOfThree("");
        revoke("1");
        revoke("2");
        loader.refresh(false);
        @Nullable String before = serving();
        register("iris", "0");
        source.note("iris", new AliasMove("champion", "0", "3", "ada", NOW, "because"));

        loader.refresh(false);

        assertThat(before).isNull();
        assertThat(serving()).isEqualTo("0");
    }

    @Test
    void shouldPassOverAFormerVersionThatCannotBeLoaded() throws IOException {
        register("iris", "2");
        damage("3");
        damage("4");
        revokeFive();
        deploy("flowers", "model: iris, version: '@champion'");

        start();

        assertThat(serving()).isEqualTo("2");
        assertThat(fetches).containsExactly("4", "3");
    }

    @Test
    void shouldLoadNoMoreStandInsThanItTakes() throws IOException {
        register("iris", "1");
        register("iris", "2");
        register("iris", "3");
        damage("4");
        revokeFive();
        deploy("flowers", "model: iris, version: '@champion'");

        start();

        assertThat(models).containsOnlyKeys(ref("iris", "3"));
    }

    @Test
    void shouldPassOverAFormerVersionThatDoesNotMeetThePolicy() throws IOException {
        register("iris", "3", auc(0.9));
        register("iris", "4", auc(0.8));
        revokeFive();
        deploy("flowers", "model: iris, version: '@champion', policy: ['metrics.auc >= 0.9']");

        start();

        assertThat(serving()).isEqualTo("3");
    }

    @Test
    void shouldPassOverALoadedVersionThatDoesNotMeetThisDeploymentsPolicy() throws IOException {
        register("iris", "3", auc(0.9));
        register("iris", "4", auc(0.8));
        revokeFive();
        deploy("lenient", "model: iris, version: '4'");
        deploy("flowers", "model: iris, version: '@champion', policy: ['metrics.auc >= 0.9']");

        start();

        assertThat(serving()).isEqualTo("3");
    }

    @Test
    void shouldPassOverAFormerVersionThatBreaksThePromise() throws IOException {
        register("iris", "2");
        register("iris", "3");
        register("iris", "4", OTHER);
        register("iris", "5");
        move("2", "3");
        move("3", "4");
        move("4", "5");
        deploy("flowers", "model: iris, version: '@champion'");
        SnapshotLoader loader = start();
        revoke("5");

        loader.refresh(false);

        assertThat(serving()).isEqualTo("3");
        assertThat(models).doesNotContainKey(ref("iris", "4"));
    }

    @Test
    void shouldNotLetAStandInBreakThePromiseWhenNothingServes() throws IOException {
        register("iris", "4", OTHER);
        register("iris", "5");
        move("4", "5");
        deploy("flowers", "model: iris, version: '@champion'");
        SnapshotLoader loader = start();
        revoke("5");
        loader.refresh(false);

        loader.refresh(false);

        assertThat(serving()).isNull();
        assertThat(models).doesNotContainKey(ref("iris", "4"));
    }

    @Test
    void shouldPassOverAStandbyThatCannotBeLoaded() throws IOException {
        damage("1");
        register("iris", "2");
        register("iris", "3");
        deploy("flowers", "model: iris, version: '3', standby: ['1', '2'], onRevoked: standby");
        SnapshotLoader loader = start();
        revoke("3");

        loader.refresh(false);

        assertThat(serving()).isEqualTo("2");
    }

    @Test
    void shouldStayWithAStandInAlthoughABetterOneCouldBeLoadedByNow() throws IOException {
        register("iris", "3");
        damage("4");
        revokeFive();
        deploy("flowers", "model: iris, version: '@champion'");
        SnapshotLoader loader = start();
        register("iris", "4");

        loader.refresh(true);
        loader.refresh(true);

        assertThat(serving()).isEqualTo("3");
        assertThat(models).containsOnlyKeys(ref("iris", "3"));
    }

    @Test
    void shouldTryNoStandInAgainThatFailedForWhatItIs() throws IOException {
        damage("3");
        damage("4");
        revokeFive();
        deploy("flowers", "model: iris, version: '@champion'");
        SnapshotLoader loader = start();

        loader.refresh(false);
        loader.refresh(false);

        assertThat(fetches).containsExactly("4", "3");
    }

    @Test
    void shouldTryStandInsAgainWhenAsked() throws IOException {
        damage("3");
        damage("4");
        revokeFive();
        deploy("flowers", "model: iris, version: '@champion'");
        SnapshotLoader loader = start();
        register("iris", "3");

        loader.refresh(true);

        assertThat(serving()).isEqualTo("3");
    }

    @Test
    void shouldTryNoMoreStandInsThanItMay() throws IOException {
        register("iris", "99");
        move(null, "1");
        for (int i = 1; i <= 20; i++) {
            damage(String.valueOf(i));
            move(String.valueOf(i), i == 20 ? "99" : String.valueOf(i + 1));
        }
        revoke("99");
        deploy("flowers", "model: iris, version: '@champion'");

        start();

        assertThat(fetches).hasSize(Resolution.MAX_STAND_INS);
    }

    /** Serves version 1, then has the alias stand for 2, which can't be loaded, and ends. */
    private void serveOneUntilTwoIsRefused() throws IOException {
        register("iris", "1");
        damage("2");
        move(null, "1");
        deploy("flowers", "model: iris, version: '@champion'");
        SnapshotLoader loader = start();
        move("1", "2");
        loader.refresh(false);
        loader.onStop(new ShutdownEvent());
        state.apply(ServingSnapshot.NONE);
    }

    @Test
    void shouldServeAfterARestartWhatServedBeforeWhenTheWantedVersionIsRefused() throws IOException {
        serveOneUntilTwoIsRefused();

        start();

        assertThat(serving()).isEqualTo("1");
        assertThat(deployment("flowers").problem()).isEqualTo("version iris/2 is not loaded");
    }

    @Test
    void shouldTakeTheWantedVersionAfterARestartOnceItCanServe() throws IOException {
        serveOneUntilTwoIsRefused();
        SnapshotLoader loader = start();
        register("iris", "2");

        loader.refresh(true);

        assertThat(serving()).isEqualTo("2");
        assertThat(deployment("flowers").problem()).isNull();
    }

    @Test
    void shouldNotServeAfterARestartWhatWasRevokedMeanwhile() throws IOException {
        serveOneUntilTwoIsRefused();
        revoke("1");

        start();

        assertThat(serving()).isNull();
    }

    @Test
    void shouldLoadNothingElseAfterARestartWhenTheWantedVersionServes() throws IOException {
        serveOneUntilTwoIsRefused();
        register("iris", "2");
        models.clear();

        start();

        assertThat(models.keySet()).containsExactly(ref("iris", "2"));
    }
}
