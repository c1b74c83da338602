package dev.weir.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.failure.RequestRejected;
import dev.weir.registry.AliasMove;
import dev.weir.registry.ModelSource;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What goes on while something else hangs, or fails between a write and what follows from it. */
@Timeout(60)
class ConcurrentRefreshTest extends SnapshotLoaderFixture {

    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch stuck = new CountDownLatch(1);
    private final AtomicInteger lists = new AtomicInteger();
    private volatile Consumer<String> beforeCall = method -> {};
    private volatile Consumer<String> afterCall = method -> {};

    @AfterEach
    void release() {
        stuck.countDown();
    }

    private void hang() {
        begun.countDown();
        try {
            stuck.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Tells what is asked of the registry, before and after. */
    private ModelSource watched() {
        return (ModelSource) Proxy.newProxyInstance(
                ModelSource.class.getClassLoader(), new Class<?>[] {ModelSource.class}, (_, method, arguments) -> {
                    beforeCall.accept(method.getName());
                    try {
                        Object answer = method.invoke(source, arguments);
                        afterCall.accept(method.getName());
                        return answer;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private void move(String model, @Nullable String from, String to) {
        source.moveAlias(model, new AliasMove("champion", from, to, "ada", NOW, "because"));
    }

    /** Serves version 2 of iris, and keeps version 1 for a return. */
    private SnapshotLoader serveTwo() throws IOException {
        register("iris", "1");
        register("iris", "2");
        move("iris", null, "1");
        deploy("flowers", "model: iris, version: '@champion'");
        deploy("bottles", "model: wine, version: '@champion', required: false");
        SnapshotLoader loader = loader(watched(), new FixedConfig(directory.resolve("deployments")));
        loader.onStart(new StartupEvent());
        move("iris", "1", "2");
        loader.refresh(false);
        return loader;
    }

    private SnapshotLoader serveTwoWhileAnotherModelHangs() throws Exception {
        SnapshotLoader loader = serveTwo();
        source.put(ref("wine", "1"), () -> {
            hang();
            throw new ArtifactRejected("gone");
        });
        move("wine", null, "1");
        loader.look();
        begun.await();
        return loader;
    }

    private VersionControl versions(SnapshotLoader loader) {
        return new VersionControl(watched(), loader, state, board, () -> now, List.of());
    }

    private AliasControl aliases(SnapshotLoader loader) {
        return new AliasControl(watched(), loader, () -> now);
    }

    @Test
    void shouldRevokeWhileAnotherModelsLoadHangs() throws Exception {
        SnapshotLoader loader = serveTwoWhileAnotherModelHangs();

        versions(loader).revoke(ref("iris", "2"), "ada", "leaked labels");

        assertThat(deployment("flowers").serving()).isEqualTo(ref("iris", "1"));
        assertThat(models.get(ref("iris", "2")).closes()).isOne();
    }

    @Test
    void shouldSwitchBetweenLoadedVersionsWhileAnotherModelsLoadHangs() throws Exception {
        SnapshotLoader loader = serveTwoWhileAnotherModelHangs();

        aliases(loader).revert("iris", "champion", "ada", "worse");

        assertThat(deployment("flowers").serving()).isEqualTo(ref("iris", "1"));
    }

    @Test
    void shouldServeANewVersionWhileAnotherModelsLoadHangs() throws Exception {
        SnapshotLoader loader = serveTwoWhileAnotherModelHangs();
        register("iris", "3");

        aliases(loader).set("iris", "champion", "3", "ada", "better");

        assertThat(deployment("flowers").serving()).isEqualTo(ref("iris", "3"));
    }

    @Test
    void shouldNotMoveAnAliasToAVersionThatIsBeingDeleted() throws Exception {
        SnapshotLoader loader = serveTwo();
        register("iris", "3");
        CompletableFuture<Void> moved = new CompletableFuture<>();
        beforeCall = method -> {
            if (method.equals("delete")) {
                beforeCall = none -> {};
                Thread mover = Thread.ofPlatform()
                        .start(() ->
                                complete(moved, () -> aliases(loader).set("iris", "champion", "3", "ada", "better")));
                await().until(() -> !mover.isAlive() || mover.getState() == Thread.State.BLOCKED);
            }
        };

        versions(loader).delete(ref("iris", "3"), "ada", "never used");

        assertThatThrownBy(moved::get).cause().isInstanceOf(RequestRejected.class);
        assertThat(source.list().resolve("iris", "champion")).isEqualTo(ref("iris", "2"));
    }

    private static void complete(CompletableFuture<Void> future, Runnable action) {
        try {
            action.run();
            future.complete(null);
        } catch (RuntimeException e) {
            future.completeExceptionally(e);
        }
    }

    @Test
    void shouldServeTheFormerVersionWhileTheNewOneLoads() throws Exception {
        SnapshotLoader loader = serveTwo();
        register("iris", "3");
        broken = this::hang;
        move("iris", "2", "3");
        loader.look();
        begun.await();

        assertThat(deployment("flowers").serving()).isEqualTo(ref("iris", "2"));
        assertThat(deployment("flowers").problem()).isEqualTo("version iris/3 is being loaded");
    }

    @Test
    void shouldKeepAVersionThatLoadedWhileAnotherSnapshotWasApplied() throws Exception {
        SnapshotLoader loader = serveTwo();
        register("iris", "3");
        broken = this::hang;
        move("iris", "2", "3");
        loader.look();
        begun.await();
        versions(loader).revoke(ref("iris", "1"), "ada", "leaked labels");

        stuck.countDown();
        loader.refresh(false);

        assertThat(deployment("flowers").serving()).isEqualTo(ref("iris", "3"));
        assertThat(models.get(ref("iris", "3")).closes()).isZero();
    }

    @Test
    void shouldNotLoadAVersionTwiceThatLoadsAlready() throws Exception {
        SnapshotLoader loader = serveTwo();
        register("iris", "3");
        AtomicInteger loads = new AtomicInteger();
        broken = () -> {
            loads.incrementAndGet();
            hang();
        };
        move("iris", "2", "3");
        loader.look();
        begun.await();
        Thread refresh = Thread.ofPlatform().start(() -> loader.refresh(true));
        await().until(() -> refresh.getState() == Thread.State.WAITING);

        stuck.countDown();
        refresh.join();

        assertThat(loads).hasValue(1);
    }

    @Test
    void shouldStopWhileTheRegistryHangs() throws Exception {
        SnapshotLoader loader = serveTwo();
        beforeCall = method -> {
            if (method.equals("list")) {
                hang();
            }
        };
        Thread.ofPlatform().daemon().start(loader::look);
        begun.await();

        loader.onStop(new ShutdownEvent());

        assertThat(models.get(ref("iris", "2")).closes()).isOne();
    }

    @Test
    void shouldReadTheRegistryAtMostTwiceForAllWhoAskMeanwhile() throws Exception {
        SnapshotLoader loader = serveTwo();
        beforeCall = method -> {
            if (method.equals("list")) {
                lists.incrementAndGet();
                hang();
            }
        };
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Thread caller = Thread.ofPlatform().start(() -> loader.refresh(false));
            await().until(() -> caller.getState() == Thread.State.WAITING);
            callers.add(caller);
        }

        stuck.countDown();
        for (Thread caller : callers) {
            caller.join();
        }

        assertThat(lists).hasValue(2);
    }

    @Test
    void shouldRevokeEvenIfTheRegistryGoesDownAfterTheWrite() throws Exception {
        SnapshotLoader loader = serveTwo();
        afterCall = method -> {
            if (method.equals("revoke")) {
                source.breakDown();
            }
        };

        versions(loader).revoke(ref("iris", "2"), "ada", "leaked labels");

        assertThat(deployment("flowers").serving()).isEqualTo(ref("iris", "1"));
    }

    @Test
    void shouldFollowAnAliasEvenIfTheRegistryGoesDownAfterTheWrite() throws Exception {
        SnapshotLoader loader = serveTwo();
        afterCall = method -> {
            if (method.equals("moveAlias")) {
                source.breakDown();
            }
        };

        aliases(loader).revert("iris", "champion", "ada", "worse");

        assertThat(deployment("flowers").serving()).isEqualTo(ref("iris", "1"));
    }

    @Test
    void shouldLetEightWaitForALoadAndTurnTheNextAway() throws Exception {
        SnapshotLoader loader = serveTwoWhileAnotherModelHangs();
        List<Thread> waiting = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            waiting.add(Thread.ofPlatform().start(() -> loader.refresh(false)));
        }
        await().until(() -> waiting.stream().allMatch(each -> each.getState() == Thread.State.WAITING));

        assertThatThrownBy(() -> loader.refresh(false))
                .isInstanceOfSatisfying(
                        Overloaded.class, full -> assertThat(full.code()).isEqualTo(FailureCode.QUEUE_FULL));

        stuck.countDown();
        for (Thread each : waiting) {
            each.join();
        }
        loader.refresh(false);
    }

    @Test
    void shouldForgetADeletedVersionThoughTheRegistryFailsRightAfter() throws Exception {
        register("iris", "0");
        SnapshotLoader loader = serveTwo();
        afterCall = method -> {
            if (method.equals("delete")) {
                beforeCall = next -> {
                    if (next.equals("list")) {
                        throw new RegistryUnavailable("the registry is gone", null);
                    }
                };
            }
        };

        versions(loader).delete(ref("iris", "0"), "ada", "old");

        assertThat(loader.listing().holds(ref("iris", "0"))).isFalse();
        assertThat(deployment("flowers").serving()).isEqualTo(ref("iris", "2"));
    }

    @Test
    void shouldKeepAStandbyUntilItsSuccessorIsLoaded() throws Exception {
        register("iris", "1");
        register("iris", "2");
        register("iris", "3");
        source.moveAlias("iris", new AliasMove("reserve", null, "2", "ada", NOW, "because"));
        deploy("flowers", "model: iris, version: '1', standby: ['@reserve']");
        SnapshotLoader loader = loader(watched(), new FixedConfig(directory.resolve("deployments")));
        loader.onStart(new StartupEvent());
        broken = this::hang;
        source.moveAlias("iris", new AliasMove("reserve", "2", "3", "ada", NOW, "because"));
        loader.look();
        begun.await();

        assertThat(deployment("flowers").pin("2")).isNotNull();

        stuck.countDown();
        loader.refresh(false);

        assertThat(deployment("flowers").pin("2")).isNull();
        assertThat(deployment("flowers").pin("3")).isNotNull();
    }
}
