package dev.weir.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.fixture.FixedLoadConfig;
import dev.weir.fixture.LogLines;
import dev.weir.fixture.SmallDisk;
import dev.weir.registry.LoadJournal;
import dev.weir.servable.LoadGate;
import dev.weir.servable.ServableState;
import dev.weir.store.ReplicaIncarnation;
import dev.weir.store.SqliteStateStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Everything that may be wrong with a version, or with the registry, when an alias moves to it: what serves afterwards,
 * also after a restart, what is said of it, and that it serves once the fault is mended.
 */
class FaultTableTest {

    @TempDir
    Path directory;

    @ParameterizedTest(name = "{0}")
    @MethodSource("dev.weir.deployment.Faults#all")
    void shouldGoOnServingAndSayWhatIsWrong(Fault fault) throws Exception {
        try (FaultScene scene = new FaultScene(directory, fault.stored(), fault.maxLoadedBytes());
                LogLines log = LogLines.of(LoadGate.class)) {
            assertThat(scene.answers()).isEqualTo("1");
            scene.champion("2");
            fault.damage().to(scene);

            scene.refresh();

            assertThat(scene.answers()).isEqualTo("1");
            assertThat(scene.state.isReady()).isTrue();
            assertThat(scene.board.get(FaultScene.ONE)).isInstanceOf(ServableState.Available.class);
            assertThat(scene.deployment().problem()).isEqualTo(fault.problem());
            assertThat(scene.loader.registryProblem()).isEqualTo(fault.registry());
            if (fault.reason() != null) {
                assertReported(scene, log, fault.reason());
            }

            if (fault.maxLoadedBytes() == 0) {
                scene.mend();
                assertThat(scene.answers()).isEqualTo("2");
                assertThat(scene.deployment().problem()).isNull();
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("dev.weir.deployment.Faults#all")
    void shouldServeWhatItAcceptedLastAfterARestart(Fault fault) throws Exception {
        try (FaultScene scene = new FaultScene(directory, fault.stored(), fault.maxLoadedBytes())) {
            scene.champion("2");
            fault.damage().to(scene);
            scene.refresh();

            if (fault.restarted().equals(Fault.NO_START)) {
                assertThatThrownBy(scene::restart).isInstanceOf(ConfigurationRejected.class);
                return;
            }
            scene.restart();

            assertThat(scene.answers()).isEqualTo(fault.restarted());
            assertThat(scene.state.isReady()).isEqualTo(!fault.restarted().equals("nothing"));
        }
    }

    private static void assertReported(FaultScene scene, LogLines log, String reason) {
        assertThat(scene.board.get(FaultScene.TWO))
                .isInstanceOfSatisfying(ServableState.Failed.class, failed -> assertThat(failed.reason())
                        .contains(reason));
        assertThat(scene.failedLoads()).isOne();
        assertThat(log.lines())
                .filteredOn(line -> line.getMessage().equals("servable refused"))
                .hasSize(1);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldServeEvenWhenTheDiskForItsOwnStateIsFull() throws Exception {
        try (SmallDisk disk = SmallDisk.at(Files.createDirectory(directory.resolve("full")), 64 << 10)) {
            Files.createDirectory(disk.place().resolve("loads"));
            disk.fill();
            LoadJournal journal = journal(disk.place());
            try (FaultScene scene = new FaultScene(directory, 0, journal);
                    LogLines log = LogLines.of(Class.forName("dev.weir.registry.LoadMarks"))) {
                scene.champion("2");

                scene.refresh();

                assertThat(scene.answers()).isEqualTo("2");
                assertThat(log.lines())
                        .extracting(line -> line.getMessage())
                        .containsExactly("the mark of a load can't be written; the version is loaded without it");
            } finally {
                journal.close();
            }
        }
    }

    private LoadJournal journal(Path stateDirectory) {
        SqliteStateStore store = new SqliteStateStore(directory.resolve("other"), InstantSource.system());
        try {
            return new LoadJournal(
                    () -> stateDirectory,
                    new ReplicaIncarnation(store, InstantSource.system()),
                    new FixedLoadConfig(),
                    InstantSource.system(),
                    new SimpleMeterRegistry());
        } finally {
            store.close();
        }
    }
}
