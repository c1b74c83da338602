package dev.weir.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.failure.ArtifactRejected;
import dev.weir.fixture.FakeModel;
import dev.weir.fixture.LogLines;
import dev.weir.fixture.States;
import dev.weir.registry.Reconciler;
import dev.weir.routing.Variant;
import dev.weir.servable.Servable;
import dev.weir.servable.ServableState;
import io.quarkus.runtime.ShutdownEvent;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a refresh does while deployments serve. */
class SnapshotRefreshTest extends SnapshotLoaderFixture {

    private SnapshotLoader serveChampion() throws IOException {
        register("iris", "1");
        register("iris", "2");
        source.alias("iris", "champion", "1");
        deploy("flowers", "model: iris, version: '@champion'");
        return start();
    }

    private String primary() {
        Variant primary = deployment("flowers").primary();
        return primary == null || !deployment("flowers").isReady()
                ? "nothing"
                : primary.version().version();
    }

    @Test
    void shouldServeWhatAnAliasStandsFor() throws IOException {
        serveChampion();

        assertThat(primary()).isEqualTo("1");
        assertThat(models).containsOnlyKeys(ref("iris", "1"));
    }

    @Test
    void shouldServeTheOtherVersionOnceTheAliasMoved() throws IOException {
        SnapshotLoader loader = serveChampion();
        source.alias("iris", "champion", "2");

        loader.refresh(false);

        assertThat(primary()).isEqualTo("2");
        assertThat(deployment("flowers").problem()).isNull();
    }

    @Test
    void shouldNotTakeAVersionForChangedThatWasLoadedBeforeAnyListingHadIt() throws IOException {
        SnapshotLoader loader = serveChampion();
        register("iris", "3");
        source.alias("iris", "champion", "3");
        loader.learn(listing -> listing.withAlias(ref("iris", "3"), "champion"));
        await().until(() -> primary().equals("3"));

        try (LogLines lines = LogLines.of(Reconciler.class)) {
            loader.refresh(false);

            assertThat(lines.lines()).isEmpty();
        }
    }

    @Test
    void shouldKeepTheFormerPrimaryLoadedForAnInstantReturn() throws IOException {
        SnapshotLoader loader = serveChampion();
        source.alias("iris", "champion", "2");
        loader.refresh(false);
        FakeModel former = models.get(ref("iris", "1"));

        source.alias("iris", "champion", "1");
        loader.refresh(false);

        assertThat(primary()).isEqualTo("1");
        assertThat(models.get(ref("iris", "1"))).isSameAs(former);
        assertThat(deployment("flowers").previous()).isEqualTo(ref("iris", "2"));
    }

    @Test
    void shouldRememberWhatTheTensorsOfAVersionMeantThatIsGone() throws IOException {
        SnapshotLoader loader = serveChampion();
        String digest = deployment("flowers")
                .lanes()
                .get(ref("iris", "1"))
                .servable()
                .artifact()
                .digest();
        registerLarge("iris", "3", 2);
        deploy("flowers", "model: iris, version: '3'");

        loader.onStop(new ShutdownEvent());
        state.apply(ServingSnapshot.NONE);
        start();

        assertThat(deployment("flowers").lanes()).containsOnlyKeys(ref("iris", "3"));
        assertThat(new ServedSignatures(store).of(digest)).isEqualTo(FakeModel.SIGNATURE);
    }

    @Test
    void shouldGiveUpTheVersionBeforeTheFormerOne() throws IOException {
        SnapshotLoader loader = serveChampion();
        register("iris", "3");
        source.alias("iris", "champion", "2");
        loader.refresh(false);

        source.alias("iris", "champion", "3");
        loader.refresh(false);

        assertThat(models.get(ref("iris", "1")).closes()).isOne();
        assertThat(board.get(ref("iris", "1"))).isInstanceOf(ServableState.Unloaded.class);
        assertThat(meters.find("weir.model.handles").tags("version", "1").gauge())
                .isNull();
        assertThat(meters.find("weir.queue.depth").tags("version", "1").gauge()).isNull();
    }

    @Test
    void shouldGoOnServingWhenTheAliasMovesToAVersionThatCannotBeLoaded() throws IOException {
        SnapshotLoader loader = serveChampion();
        source.alias("iris", "champion", "9");

        loader.refresh(false);

        assertThat(primary()).isEqualTo("1");
        assertThat(deployment("flowers").problem()).isEqualTo("version iris/9 is not loaded");
        assertThat(state.isReady()).isTrue();
    }

    @Test
    void shouldGoOnServingWhenTheAliasMovesToAVersionThatBreaksThePromise() throws IOException {
        SnapshotLoader loader = serveChampion();
        register("iris", "3", OTHER);
        source.alias("iris", "champion", "3");

        loader.refresh(false);

        assertThat(primary()).isEqualTo("1");
        assertThat(models).doesNotContainKey(ref("iris", "3"));
        assertThat(board.get(ref("iris", "3")))
                .satisfies(States.isFailed(
                        NOW, "its signature differs from what deployment 'flowers' promises its callers"));
    }

    @Test
    void shouldGoOnServingWhenTheAliasIsGone() throws IOException {
        SnapshotLoader loader = serveChampion();
        source.forgetAliases();

        loader.refresh(false);

        assertThat(primary()).isEqualTo("1");
        assertThat(deployment("flowers").problem()).isEqualTo("the registry has no alias @champion for model 'iris'");
    }

    @Test
    void shouldNotBeReadyAsLongAsAnAliasStandsForNothing() throws IOException {
        register("iris", "1");
        deploy("flowers", "model: iris, version: '@champion'");
        SnapshotLoader loader = start();
        boolean before = state.isReady();
        source.alias("iris", "champion", "1");

        loader.refresh(false);

        assertThat(before).isFalse();
        assertThat(state.isReady()).isTrue();
    }

    @Test
    void shouldGoOnServingWhenTheRegistryIsDown() throws IOException {
        SnapshotLoader loader = serveChampion();
        source.breakDown();

        loader.refresh(false);

        assertThat(primary()).isEqualTo("1");
        assertThat(loader.registryProblem()).isEqualTo("the registry is down");
    }

    @Test
    void shouldSayThatTheRegistryIsBack() throws IOException {
        SnapshotLoader loader = serveChampion();
        source.breakDown();
        loader.refresh(false);
        source.repair();

        loader.refresh(false);

        assertThat(loader.registryProblem()).isNull();
    }

    @Test
    void shouldNotTryAVersionAgainThatFailedForWhatItIs() throws IOException {
        AtomicInteger fetches = new AtomicInteger();
        source.put(ref("iris", "1"), () -> {
            fetches.incrementAndGet();
            throw new ArtifactRejected("manifest: field 'files' is missing");
        });
        deploy("flowers", "model: iris, version: '1'");
        SnapshotLoader loader = start();

        loader.refresh(false);

        assertThat(fetches).hasValue(1);
    }

    @Test
    void shouldTryAFailedVersionAgainWhenAsked() throws IOException {
        source.put(ref("iris", "1"), () -> {
            throw new ArtifactRejected("manifest: field 'files' is missing");
        });
        deploy("flowers", "model: iris, version: '1'");
        SnapshotLoader loader = start();
        register("iris", "1");

        loader.refresh(true);

        assertThat(primary()).isEqualTo("1");
    }

    @Test
    void shouldKeepLanesAndSnapshotWhenNothingChanged() throws IOException {
        SnapshotLoader loader = serveChampion();
        ServingSnapshot before = state.current();

        loader.refresh(false);

        assertThat(state.current()).isSameAs(before);
    }

    @Test
    void shouldDoNothingOnceItStopped() throws IOException {
        SnapshotLoader loader = serveChampion();
        loader.onStop(new ShutdownEvent());

        loader.refresh(true);

        assertThat(models.get(ref("iris", "1")).closes()).isOne();
        assertThat(models).hasSize(1);
    }

    @Test
    void shouldSayWhyADeploymentIsNotReady() throws IOException {
        deploy("flowers", "model: iris, version: '9'");

        start();

        assertThat(deployment("flowers").problem()).isEqualTo("version iris/9 is not loaded");
    }

    @Test
    void shouldFollowAStandbysAliasWhileThePrimarysCannotBeFollowed() throws IOException {
        register("iris", "2");
        source.alias("iris", "challenger", "2");
        deploy("flowers", "model: iris, version: '@champion', standby: ['@challenger']");
        register("iris", "1");
        source.alias("iris", "champion", "1");
        SnapshotLoader loader = start();
        register("iris", "3");
        source.alias("iris", "champion", "9");
        source.alias("iris", "challenger", "3");

        loader.refresh(false);
        loader.refresh(false);

        assertThat(primary()).isEqualTo("1");
        assertThat(deployment("flowers").lanes()).containsOnlyKeys(ref("iris", "1"), ref("iris", "3"));
        assertThat(models.get(ref("iris", "3")).closes()).isZero();
        assertThat(loads("ok")).isEqualTo(3);
    }

    @Test
    void shouldNotLoadAStandbyAgainThatFitsNobody() throws IOException {
        register("iris", "1");
        register("iris", "2", OTHER);
        deploy("flowers", "model: iris, version: '9', standby: ['1', '2']");
        SnapshotLoader loader = start();

        loader.refresh(false);
        loader.refresh(false);

        assertThat(loads("ok")).isEqualTo(2);
        assertThat(deployment("flowers").lanes()).containsOnlyKeys(ref("iris", "1"));
    }

    @Test
    void shouldServeAVersionWhereItFitsAlthoughItBreaksAnothersPromise() throws IOException {
        deploy("others", "model: iris, version: '3'");
        SnapshotLoader loader = serveChampion();
        register("iris", "3", OTHER);
        source.alias("iris", "champion", "3");

        loader.refresh(true);

        assertThat(deployment("others").isReady()).isTrue();
        assertThat(primary()).isEqualTo("1");
        assertThat(deployment("flowers").problem())
                .isEqualTo("version iris/3 has another signature than the deployment promises");
    }

    @Test
    void shouldRememberNoVersionThatNeverServed() throws IOException {
        register("iris", "1");
        source.alias("iris", "champion", "9");
        deploy("flowers", "model: iris, version: '@champion'");
        SnapshotLoader loader = start();
        source.alias("iris", "champion", "1");

        loader.refresh(false);

        assertThat(primary()).isEqualTo("1");
        assertThat(deployment("flowers").previous()).isNull();
    }

    @Test
    void shouldTryAVersionAgainAfterAPauseWhenItsFilesAreNotToBlame() throws IOException {
        register("iris", "1");
        broken = () -> {
            throw new OutOfMemoryError("no room");
        };
        deploy("flowers", "model: iris, version: '1'");
        SnapshotLoader loader = start();
        broken = () -> {};
        loader.refresh(false);
        boolean before = state.isReady();
        now = now.plusSeconds(5);

        loader.refresh(false);

        assertThat(before).isFalse();
        assertThat(primary()).isEqualTo("1");
    }

    @Test
    void shouldNoteAVersionWhoseFetchDies() throws IOException {
        source.put(ref("iris", "1"), () -> {
            throw new StackOverflowError();
        });
        deploy("flowers", "model: iris, version: '1'");

        start();

        assertThat(board.get(ref("iris", "1"))).satisfies(States.isFailed(NOW, "the version can't be fetched"));
    }

    @Test
    @Timeout(180)
    void shouldNotLetALoadKeepTheShutdownWaiting() throws Exception {
        SnapshotLoader loader = serveChampion();
        CountDownLatch loading = new CountDownLatch(1);
        CountDownLatch stuck = new CountDownLatch(1);
        broken = () -> {
            loading.countDown();
            try {
                stuck.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        };
        source.alias("iris", "champion", "2");
        Thread refresh = Thread.ofPlatform().start(() -> loader.refresh(false));
        loading.await();

        loader.onStop(new ShutdownEvent());
        refresh.join();
        stuck.countDown();

        assertThat(models.get(ref("iris", "1")).closes()).isOne();
        assertThat(board.get(ref("iris", "2")))
                .satisfies(States.isFailed(NOW, "the server was stopped before the version was loaded"));
    }

    private double loads(String result) {
        return meters.get("weir.model.loads").tag("result", result).counter().count();
    }

    @Test
    void shouldLoadAVersionAgainOnceItsFormerSelfAnswersNobodyAnyMore() throws IOException {
        register("iris", "1");
        register("iris", "2");
        register("iris", "3");
        source.alias("iris", "champion", "1");
        deploy("flowers", "model: iris, version: '@champion'");
        SnapshotLoader loader = start();
        Servable former =
                Objects.requireNonNull(deployment("flowers").primaryLane()).servable();
        former.retain();
        source.alias("iris", "champion", "2");
        loader.refresh(false);
        source.alias("iris", "champion", "3");
        loader.refresh(false);
        source.alias("iris", "champion", "1");

        loader.look();

        assertThat(deployment("flowers").serving()).isEqualTo(ref("iris", "3"));
        assertThat(deployment("flowers").problem()).isEqualTo("version iris/1 is being loaded");
        assertThat(board.get(ref("iris", "1"))).isInstanceOf(ServableState.Draining.class);

        former.release();

        await().untilAsserted(() -> assertThat(deployment("flowers").serving()).isEqualTo(ref("iris", "1")));
        assertThat(Objects.requireNonNull(deployment("flowers").primaryLane()).servable())
                .isNotSameAs(former);
        assertThat(meters.find("weir.model.info")
                        .tags("model", "iris", "version", "1")
                        .gauge())
                .isNotNull();
    }
}
