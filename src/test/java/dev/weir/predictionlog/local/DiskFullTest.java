package dev.weir.predictionlog.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.fixture.LogSettings;
import dev.weir.fixture.Records;
import dev.weir.fixture.SmallDisk;
import dev.weir.predictionlog.PredictionLog.Room;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskFullTest {

    @TempDir
    Path directory;

    @Test
    void shouldKeepRecordsUntilThereIsRoomAndGoOnByItself() throws Exception {
        try (SmallDisk disk = SmallDisk.at(directory, 4 << 20)) {
            LogSettings settings = LogSettings.in(disk.place().resolve("log"));
            try (LogScene scene = new LogScene(settings)) {
                scene.writeSync(Records.record(1));
                disk.fill();

                int last = 2;
                while (scene.write(Records.record(last)).isCommitted() && last < 100_000) {
                    last++; // as long as there is room in files that are there
                }
                assertThat(scene.log().health().isOk()).isFalse();
                Room room = LogScene.room(scene.log(), 1_000);
                scene.log().write(Records.record(last + 1), room, null);
                disk.empty();

                int records = last + 1;
                await().untilAsserted(() ->
                        assertThat(scene.requests()).hasSize(records).doesNotHaveDuplicates());
                assertThat(scene.entries())
                        .filteredOn(each -> !each.acknowledged())
                        .extracting(each -> each.position().seq())
                        .containsExactly((long) last);
                assertThat(scene.write(Records.record(last + 2)).isCommitted()).isTrue();
                await().untilAsserted(() -> assertThat(scene.log().health()).isEqualTo(LogHealth.OK));
                assertThat(scene.count("weir.log.commit.failures", "reason", "disk_full")
                                + scene.count("weir.log.commit.failures", "reason", "disk_reserve"))
                        .isPositive();
                assertThat(ChainVerifier.verify(settings.directory(), List.of(), LogScene.KEYS)
                                .breaks())
                        .isEmpty();
            }
        }
    }

    @Test
    void shouldRunIntoTheEndOfADiskWithoutLosingWhatItAcknowledged() throws Exception {
        try (SmallDisk disk = SmallDisk.at(directory, 2 << 20)) {
            LogSettings settings = LogSettings.in(disk.place().resolve("log"));
            try (LogScene scene = new LogScene(settings)) {
                int written = 0;
                while (scene.write(Records.full(written)).isCommitted() && written < 100_000) {
                    written++;
                }
                assertThat(written).isBetween(10, 99_999);

                assertThat(scene.requests())
                        .containsAll(Stream.iterate(0, i -> i + 1)
                                .limit(written)
                                .map(i -> "order/" + i)
                                .toList())
                        .doesNotHaveDuplicates();
            }
        }
    }
}
