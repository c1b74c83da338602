package dev.weir.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.fixture.LogLines;
import io.quarkus.runtime.StartupEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jboss.logmanager.ExtLogRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of deployment files that change while the server runs; time stands still but for what a test says. */
class DeploymentReloadTest extends SnapshotLoaderFixture {

    private static final String BAD = "apiVersion: weir.dev/v1\nkind: ModelDeployment\nmetadata: {name: x}\nspec: {}\n";

    private final List<DeploymentCheck> checks = new ArrayList<>();
    private DeploymentReload reload;
    private String atStart;

    @BeforeEach
    void serve() throws IOException {
        register("iris", "1");
        register("iris", "2");
        deploy("flowers", "model: iris, version: '1', standby: ['2']");
        deploy("herbs", "model: iris, version: '1'");
        begin(false);
    }

    private void begin(boolean allowNone) {
        FixedConfig config = new FixedConfig(directory.resolve("deployments"), Duration.ofSeconds(5), allowNone);
        SnapshotLoader loader = loader(source, config);
        loader.onStart(new StartupEvent());
        reload = new DeploymentReload(config, loader, state, checks, () -> now, ticker, meters);
        reload.begin();
        settle();
        atStart = state.current().digest();
    }

    /** Lets enough time go by for anything that stands still to be decided about. */
    private void settle() {
        reload.look();
        ticker.advance(Duration.ofSeconds(1));
        now = now.plusSeconds(1);
        reload.look();
    }

    private Path file(String name) {
        return directory.resolve("deployments").resolve(name);
    }

    private double reloads(String result) {
        return meters.get("weir.config.reloads").tag("result", result).counter().count();
    }

    private String primary(String name) {
        return deployment(name).primary().version().version();
    }

    @Test
    void shouldServeWhatTheFileSaysNow() throws IOException {
        deploy("flowers", "model: iris, version: '2', standby: ['1'], timeout: 250ms");

        settle();

        assertThat(primary("flowers")).isEqualTo("2");
        assertThat(deployment("flowers").spec().timeout()).isEqualTo(Duration.ofMillis(250));
        assertThat(state.files().appliedAt()).isEqualTo(now);
        assertThat(reloads("applied")).isOne();
    }

    @Test
    void shouldGoOnServingUntilTheNewVersionIsLoaded() throws IOException {
        deploy("herbs", "model: iris, version: '9'");

        settle();

        assertThat(primary("herbs")).isEqualTo("1");
        assertThat(deployment("herbs").isReady()).isTrue();
    }

    @Test
    void shouldLoadWhatANewDeploymentNeeds() throws IOException {
        register("wine", "1");
        deploy("wine", "model: wine, version: '1'");

        settle();

        await().until(() -> deployment("wine").isReady());
    }

    @Test
    void shouldRemoveADeploymentWithItsFile() throws IOException {
        register("wine", "1");
        deploy("wine", "model: wine, version: '1'");
        settle();
        await().until(() -> deployment("wine").isReady());
        Files.delete(file("wine.yaml"));

        settle();

        assertThat(state.current().deployments()).containsOnlyKeys("flowers", "herbs");
        await().until(() -> models.get(ref("wine", "1")).closes() == 1);
        assertThat(meters.find("weir.model.ready")
                        .tag("model_deployment", "wine")
                        .gauge())
                .isNull();
    }

    @Test
    void shouldChangeHowMuchMayWaitAndRun() throws IOException {
        deploy("herbs", "model: iris, version: '1', queue: 7, concurrency: 2");

        settle();

        assertThat(deployment("herbs").spec().queue()).isEqualTo(7);
        assertThat(deployment("herbs").spec().concurrency()).isEqualTo(OptionalInt.of(2));
    }

    @Test
    void shouldMakeAnotherLaneOnlyForOtherLimits() throws IOException {
        var before = deployment("herbs").primaryLane();
        deploy("herbs", "model: iris, version: '1', timeout: 1s");
        settle();
        var same = deployment("herbs").primaryLane();
        deploy("herbs", "model: iris, version: '1', queue: 7");
        settle();

        assertThat(same).isSameAs(before);
        assertThat(deployment("herbs").primaryLane()).isNotSameAs(before);
    }

    @Test
    void shouldFollowTheFilesWordOnWhatIsRequired() throws IOException {
        deploy("wine", "model: wine, version: '1'");
        settle();
        boolean whileRequired = state.isReady();
        deploy("wine", "model: wine, version: '1', required: false");

        settle();

        assertThat(whileRequired).isFalse();
        assertThat(state.isReady()).isTrue();
    }

    @Test
    void shouldKeepEverythingWhenOneFileIsBad() throws IOException {
        ServingSnapshot before = state.current();
        deploy("flowers", "model: iris, version: '2'");
        Files.writeString(file("x.yaml"), BAD);
        Files.writeString(file("y.yaml"), "");

        settle();

        assertThat(state.current()).isSameAs(before);
        assertThat(state.files().current()).isNotNull().satisfies(refusal -> assertThat(refusal.problems())
                .containsExactly(
                        "x.yaml: spec.model is missing",
                        "x.yaml: spec.version is missing",
                        "y.yaml: the file is empty"));
        assertThat(state.files().current().at()).isEqualTo(now);
        assertThat(reloads("refused")).isOne();
    }

    @Test
    void shouldTellOfARefusalOnceHoweverOftenItLooks() throws IOException {
        Files.writeString(file("x.yaml"), BAD);

        try (LogLines lines = LogLines.of(DeploymentReload.class)) {
            for (int i = 0; i < 5; i++) {
                settle();
            }

            assertThat(lines.lines())
                    .extracting(ExtLogRecord::getMessage)
                    .containsExactly("deployment files refused; what serves goes on serving");
        }
        assertThat(reloads("refused")).isOne();
    }

    @Test
    void shouldApplyAllThatChangedOnceTheBadFileIsGood() throws IOException {
        deploy("flowers", "model: iris, version: '2'");
        Files.writeString(file("x.yaml"), BAD);
        settle();
        deploy("x", "model: iris, version: '1'");

        settle();

        assertThat(primary("flowers")).isEqualTo("2");
        assertThat(deployment("x").isReady()).isTrue();
        assertThat(state.files().current()).isNull();
        assertThat(state.files().refusal()).isNotNull();
        assertThat(state.files().refusal().until()).isEqualTo(now);
    }

    @Test
    void shouldEndARefusalWhenTheBadFileIsTakenBack() throws IOException {
        Files.writeString(file("x.yaml"), BAD);
        settle();
        Files.delete(file("x.yaml"));

        settle();

        assertThat(state.files().current()).isNull();
        assertThat(state.current().digest()).isEqualTo(atStart);
        assertThat(reloads("applied")).isZero();
    }

    @Test
    void shouldStopConfirmingWhileFilesAreRefused() throws IOException {
        Files.writeString(file("x.yaml"), BAD);
        settle();
        double then = lastSuccess();

        settle();

        assertThat(lastSuccess()).isEqualTo(then);
    }

    @Test
    void shouldConfirmFilesThatDidNotChange() {
        settle();

        assertThat(lastSuccess()).isEqualTo(now.toEpochMilli() / 1e3);
    }

    private double lastSuccess() {
        return meters.get("weir.config.last.success.timestamp.seconds").gauge().value();
    }

    @Test
    void shouldRemoveNothingWhenTheDirectoryIsGone() throws IOException {
        ServingSnapshot before = state.current();
        Files.move(directory.resolve("deployments"), directory.resolve("elsewhere"));

        settle();

        assertThat(state.current()).isSameAs(before);
        assertThat(state.files().current().problems())
                .containsExactly("weir.deployments.directory: the directory of deployment files can't be read");
    }

    private void empty() throws IOException {
        Files.delete(file("flowers.yaml"));
        Files.delete(file("herbs.yaml"));
    }

    @Test
    void shouldRemoveNothingWhenNoFileIsLeftAndNothingMayNotBeDeployed() throws IOException {
        ServingSnapshot before = state.current();
        empty();

        settle();

        assertThat(state.current()).isSameAs(before);
        assertThat(state.files().current()).isNotNull();
    }

    @Test
    void shouldRemoveEverythingWhenNoFileIsLeftAndNothingMayBeDeployed() throws IOException {
        begin(true);
        empty();

        settle();

        assertThat(state.current().deployments()).isEmpty();
        assertThat(state.isReady()).isTrue();
    }

    @Test
    void shouldNotTakeAHalfWrittenFileForAWholeOne() throws IOException {
        String whole = Files.readString(file("herbs.yaml")).replace("'1'", "'2'");
        try (LogLines lines = LogLines.of(DeploymentReload.class)) {
            for (int length = 0; length < whole.length(); length += 10) {
                Files.writeString(file("herbs.yaml"), whole.substring(0, length));
                reload.look();
                ticker.advance(Duration.ofMillis(100));
            }
            Files.writeString(file("herbs.yaml"), whole);
            settle();

            assertThat(lines.lines()).isEmpty();
        }
        assertThat(deployment("herbs").spec().variants().getFirst().choice().name())
                .isEqualTo("2");
    }

    @Test
    void shouldFollowAMountedConfigMap() throws IOException {
        Path mount = directory.resolve("mount");
        MountedFiles configMap = new MountedFiles(mount);
        configMap.publish(Map.of("flowers.yaml", Files.readString(file("flowers.yaml"))));
        Files.move(directory.resolve("deployments"), directory.resolve("elsewhere"));
        Files.createSymbolicLink(directory.resolve("deployments"), mount);
        settle();
        String changed = Files.readString(file("flowers.yaml")).replace("version: '1', standby: ['2']", "version: '2'");

        configMap.publish(Map.of("flowers.yaml", changed));
        settle();

        assertThat(state.current().deployments()).containsOnlyKeys("flowers");
        assertThat(primary("flowers")).isEqualTo("2");
    }

    @Test
    void shouldRefuseWhatIsWrongWithAllTogether() throws IOException {
        checks.add(deployments -> List.of("there are " + deployments.size()));
        deploy("x", "model: iris, version: '1'");

        settle();

        assertThat(state.current().digest()).isEqualTo(atStart);
        assertThat(state.files().current().problems()).containsExactly("there are 3");
    }

    @Test
    void shouldDecideAgainWhatCameToNothing() throws IOException {
        boolean[] broken = {true};
        checks.add(deployments -> {
            if (broken[0]) {
                throw new IllegalStateException("a fault");
            }
            return List.of();
        });
        deploy("x", "model: iris, version: '1'");
        try {
            settle();
        } catch (IllegalStateException e) {
            broken[0] = false;
        }

        settle();

        assertThat(state.current().deployments()).containsKey("x");
        assertThat(reloads("failed")).isOne();
    }
}
