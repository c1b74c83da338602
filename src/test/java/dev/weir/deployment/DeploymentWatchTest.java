package dev.weir.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.inference.Ticker;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real files and real time; that nothing is polled for an hour shows that it was the file system that told. */
@Timeout(60)
class DeploymentWatchTest extends SnapshotLoaderFixture {

    private static final Duration HOUR = Duration.ofHours(1);

    private DeploymentWatch watch;

    /** Watchers of others: a server may run in the same process. */
    private long others;

    @BeforeEach
    void register() {
        others = watchers();
        register("iris", "1");
        register("iris", "2");
    }

    @AfterEach
    void stopWatching() {
        if (watch != null) {
            watch.onStop(new ShutdownEvent());
            await().until(() -> watchers() <= others);
        }
    }

    private static long watchers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("weir-deployments"))
                .count();
    }

    private void watch(Duration poll) {
        DeploymentConfig config = new FixedConfig(directory.resolve("deployments"), poll);
        SnapshotLoader loader = loader(source, config);
        loader.onStart(new StartupEvent());
        Ticker real = System::nanoTime;
        watch = new DeploymentWatch(
                new DeploymentReload(config, loader, state, List.of(), InstantSource.system(), real, meters), config);
        watch.onStart(new StartupEvent());
        if (poll.isPositive()) { // it looks once more after it began to watch
            await().until(() ->
                    !Objects.equals(state.files().confirmedAt(), state.files().appliedAt()));
        }
    }

    private void serve(Duration poll) throws IOException {
        deploy("flowers", "model: iris, version: '1', standby: ['2']");
        watch(poll);
    }

    private void awaitPrimary(String version) {
        await().until(() -> {
            Deployment flowers = deployment("flowers");
            return flowers != null && flowers.primary().version().version().equals(version);
        });
    }

    private Path file(String name) {
        return directory.resolve("deployments").resolve(name);
    }

    private static String text(String spec) {
        return "apiVersion: weir.dev/v1\nkind: ModelDeployment\nmetadata: {name: flowers}\nspec: {%s}\n"
                .formatted(spec);
    }

    @Test
    void shouldSeeAFileThatIsSavedInPlace() throws IOException {
        serve(HOUR);

        Files.writeString(file("flowers.yaml"), text("model: iris, version: '2', standby: ['1']"));

        awaitPrimary("2");
    }

    @Test
    void shouldSeeAFileThatIsPutInThePlaceOfAnother() throws IOException {
        serve(HOUR);
        Files.writeString(file("4913"), text("model: iris, version: '2', standby: ['1']"));

        Files.move(file("4913"), file("flowers.yaml"), StandardCopyOption.ATOMIC_MOVE);

        awaitPrimary("2");
    }

    @Test
    void shouldSeeThatAFileIsGone() throws IOException {
        deploy("herbs", "model: iris, version: '1'");
        serve(HOUR);

        Files.delete(file("herbs.yaml"));

        await().until(() -> state.current().deployment("herbs") == null);
    }

    @Test
    void shouldSeeEachConfigMapAlthoughTheFormerIsDeleted() {
        MountedFiles configMap = new MountedFiles(directory.resolve("deployments"));
        configMap.publish(Map.of("flowers.yaml", text("model: iris, version: '1', standby: ['2']")));
        watch(HOUR);

        configMap.publish(Map.of("flowers.yaml", text("model: iris, version: '2', standby: ['1']")));
        awaitPrimary("2");
        configMap.publish(Map.of("flowers.yaml", text("model: iris, version: '1', standby: ['2']")));
        awaitPrimary("1");
    }

    @Test
    void shouldSeeAGoodFileAfterABadOne() throws IOException {
        serve(HOUR);
        Files.writeString(file("flowers.yaml"), "no deployment");
        await().until(() -> state.files().current() != null);

        Files.writeString(file("flowers.yaml"), text("model: iris, version: '2', standby: ['1']"));

        awaitPrimary("2");
        await().until(() -> state.files().current() == null);
    }

    @Test
    void shouldNoticeThatTheDirectoryWasReplacedAndWatchTheNewOne() throws IOException {
        serve(Duration.ofMillis(50));
        Files.move(directory.resolve("deployments"), directory.resolve("former"));
        deploy("flowers", "model: iris, version: '2', standby: ['1']");
        awaitPrimary("2");

        deploy("flowers", "model: iris, version: '1', standby: ['2']");

        awaitPrimary("1");
    }

    @Test
    void shouldNoticeADirectoryThatComesBack() throws IOException {
        serve(Duration.ofMillis(50));
        Files.move(directory.resolve("deployments"), directory.resolve("former"));
        await().until(() -> state.files().current() != null);

        Files.move(directory.resolve("former"), directory.resolve("deployments"));

        await().until(() -> state.files().current() == null);
    }

    @Test
    void shouldNotWatchWhenItShallNot() throws IOException {
        serve(Duration.ZERO);

        assertThat(watchers()).isLessThanOrEqualTo(others);
        assertThat(state.files().appliedAt()).isNotNull();
    }
}
