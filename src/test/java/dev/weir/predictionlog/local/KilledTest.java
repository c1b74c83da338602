package dev.weir.predictionlog.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.fixture.LogSettings;
import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.store.SqliteStateStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KilledTest {

    private static final int KILLS = 5;

    @TempDir
    Path directory;

    @Test
    void shouldHaveEveryAcknowledgedRecordOnceAndMarkEveryKill() throws Exception {
        Path disk = Files.createDirectories(directory.resolve("disk"));
        for (int kill = 0; kill < KILLS; kill++) {
            int before = LogChild.acks(disk).size();
            Process child = LogChild.start(disk, Map.of(), Integer.toString(kill * 1_000_000), "500000", "4");
            try {
                await().until(() -> !child.isAlive() || LogChild.acks(disk).size() > before + 200);
                assertThat(child.isAlive()).isTrue();
            } finally {
                child.destroyForcibly(); // SIGKILL
                assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
            }
        }
        SqliteStateStore state = new SqliteStateStore(disk.resolve("state"), Clock.systemUTC());
        LogScene scene = new LogScene(LogSettings.in(disk.resolve("log")), state);
        try {
            scene.start();

            List<String> acknowledged = LogChild.acks(disk).stream()
                    .filter(line -> line.matches("\\+ order/\\d+"))
                    .map(line -> line.substring(2))
                    .toList();
            assertThat(acknowledged).hasSizeGreaterThan(KILLS * 200);
            assertThat(scene.entries().stream()
                            .filter(each -> each.entry() instanceof PredictionRecord)
                            .map(each -> ((PredictionRecord) each.entry()).id()))
                    .doesNotHaveDuplicates();
            assertThat(scene.requests()).containsAll(acknowledged);
            assertThat(scene.gaps())
                    .extracting(GapRecord::reason)
                    .hasSize(KILLS)
                    .containsOnly(GapRecord.Reason.CRASH);
            assertThat(ChainVerifier.verify(disk.resolve("log"), List.of(), LogScene.KEYS)
                            .breaks())
                    .isEmpty();
        } finally {
            scene.close();
            state.close();
        }
    }
}
