package dev.weir.predictionlog.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.fixture.LogSettings;
import dev.weir.fixture.Records;
import dev.weir.inference.PredictionId;
import dev.weir.predictionlog.Capture;
import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.GapRecord.Reason;
import dev.weir.predictionlog.PackedTensors;
import dev.weir.predictionlog.Payload;
import dev.weir.predictionlog.PayloadSeal;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.PredictionLog;
import dev.weir.predictionlog.PredictionLog.Room;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.StoredEntry;
import dev.weir.predictionlog.local.LogScene.Told;
import io.quarkus.runtime.configuration.MemorySize;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalPredictionLogTest {

    @TempDir
    Path directory;

    private LogScene scene;

    @BeforeEach
    void prepare() {
        scene = LogScene.in(directory.resolve("new/log"));
    }

    @AfterEach
    void stop() {
        scene.close();
    }

    private static MemorySize size(long bytes) {
        return new MemorySize(BigInteger.valueOf(bytes));
    }

    private static LogSettings settings(Path path, long buffer, long segmentBytes, long disk) {
        return new LogSettings(
                path,
                true,
                false,
                size(buffer),
                size(segmentBytes),
                Duration.ofHours(1),
                size(disk),
                size(0),
                Map.of("default", Duration.ofDays(30)));
    }

    @Test
    void shouldHaveARecordOnDiskWhenItSaysSo() {
        scene.writeSync(Records.full(1));

        StoredEntry found = LogScene.readerOf(scene.settings.directory())
                .find(Records.full(1).id());

        assertThat(found).isNotNull();
        assertThat(found.acknowledged()).isTrue();
        assertThat(found.entry()).usingRecursiveComparison().isEqualTo(Records.full(1));
    }

    @Test
    void shouldWriteWhatNobodyWaitsFor() {
        scene.log().write(Records.record(1), LogScene.room(scene.log(), 1_000), null);

        await().untilAsserted(() -> assertThat(scene.requests()).containsExactly("request-1"));
    }

    @Test
    void shouldWriteEverythingInTheOrderItCameWithoutHolesInPosition() {
        for (int i = 0; i < 5_000; i++) {
            scene.log().write(Records.record(i), LogScene.room(scene.log(), 100), i % 500 == 0 ? new Told() : null);
        }
        scene.stop();

        List<StoredEntry> entries = LogScene.entries(LogScene.readerOf(scene.settings.directory()));

        assertThat(entries)
                .extracting(each -> each.position().seq())
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, 5_000).mapToObj(Long::valueOf).toList());
        assertThat(entries)
                .extracting(each -> ((PredictionRecord) each.entry()).id())
                .containsExactlyElementsOf(IntStream.range(0, 5_000)
                        .mapToObj(i -> Records.record(i).id())
                        .toList());
    }

    @Test
    void shouldGiveRoomBackOnceARecordIsWritten() {
        scene.writeSync(Records.record(1), Records.record(2));

        await().untilAsserted(() -> assertThat(
                        scene.meters.get("weir.log.buffer.bytes").gauge().value())
                .isZero());
    }

    @Test
    void shouldServeWhoWaitsOnceThereIsRoom() {
        Room all = LogScene.room(scene.log(), Long.MAX_VALUE);
        AtomicReference<Room> given = new AtomicReference<>();
        scene.log().reserveLater(10, given::set);
        assertThat(given).hasNullValue();

        all.release();

        await().untilAsserted(() -> assertThat(given).doesNotHaveNullValue());
    }

    @Test
    void shouldWriteDownWhatIsNotWritten() {
        scene.log().lost(Records.IRIS, Reason.OVERFLOW);
        scene.log().lost(Records.IRIS, Reason.OVERFLOW);
        scene.log()
                .lost(Records.context("wine", "v", dev.weir.inference.VariantRole.ARM, "wine", "1"), Reason.OVERFLOW);

        await().untilAsserted(() -> assertThat(scene.gaps())
                .extracting(GapRecord::deployment, GapRecord::count, GapRecord::reason)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple("iris", 2L, Reason.OVERFLOW),
                        org.assertj.core.groups.Tuple.tuple("wine", 1L, Reason.OVERFLOW)));
        assertThat(scene.count("weir.log.records", "result", "dropped")).isEqualTo(3);
    }

    @Test
    void shouldMarkARecordThatCanNotBeEncodedAndGoOn() {
        scene.seal = new PayloadSeal() {
            @Override
            public byte[] seal(PredictionId id, String subjectKey, byte[] payload) {
                if (id.equals(Records.full(2).id())) {
                    throw new IllegalArgumentException("a fault");
                }
                return payload;
            }

            @Override
            public byte[] open(PredictionId id, String subjectKey, byte[] sealed) {
                return sealed;
            }
        };

        Told before = scene.write(Records.full(1));
        Told faulty = scene.write(Records.full(2));
        Told after = scene.write(Records.full(3));

        assertThat(List.of(before.isCommitted(), faulty.isCommitted(), after.isCommitted()))
                .containsExactly(true, false, true);
        await().untilAsserted(() -> assertThat(scene.gaps())
                .extracting(GapRecord::deployment, GapRecord::count, GapRecord::reason)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("iris", 1L, Reason.FAULT)));
        assertThat(scene.requests()).containsExactly("order/1", "order/3");
        assertThat(scene.count("weir.log.records", "result", "faulty")).isEqualTo(1);
        assertThat(scene.meters.get("weir.log.buffer.bytes").gauge().value()).isZero();
    }

    @Test
    void shouldSayAtOnceThatARecordMayNotBeWrittenAndWriteItMarkedLater() {
        AtomicBoolean broken = new AtomicBoolean(true);
        scene.seal = new PayloadSeal() {
            @Override
            public void prepare(Collection<String> subjectKeys) {
                if (broken.get()) {
                    throw new IllegalStateException("the disk of the keys is full");
                }
            }

            @Override
            public byte[] seal(PredictionId id, String subjectKey, byte[] payload) {
                return payload;
            }

            @Override
            public byte[] open(PredictionId id, String subjectKey, byte[] sealed) {
                return sealed;
            }
        };

        assertThat(scene.write(Records.full(1)).isCommitted()).isFalse();
        scene.log().write(Records.full(2), LogScene.room(scene.log(), 100), null);
        assertThat(scene.log().health().trouble()).isEqualTo(LogHealth.Trouble.KEYS);
        assertThat(scene.entries()).isEmpty();
        broken.set(false);

        await().untilAsserted(() -> assertThat(scene.entries())
                .extracting(StoredEntry::acknowledged)
                .containsExactly(false, true));
        await().untilAsserted(() -> assertThat(scene.log().health()).isEqualTo(LogHealth.OK));
        assertThat(scene.count("weir.log.records", "result", "unacknowledged")).isEqualTo(1);
        assertThat(scene.count("weir.log.records", "result", "written")).isEqualTo(1);
    }

    @Test
    void shouldKeepRecordsInTheBufferWhileTheLogMayTakeNoMoreOfTheDisk() {
        scene = new LogScene(settings(directory.resolve("log"), 1 << 20, 1 << 26, 400_000), scene.store);
        byte[] much = new byte[60_000];
        PredictionRecord large = Records.draft(1)
                .payload(new Payload(Capture.FULL, 1, true, false, false, PackedTensors.ofBytes(much), null))
                .build();
        while (scene.log().health().isOk()) {
            Room room = scene.log().reserve(60_000);
            if (room != null) {
                scene.log().write(large, room, null);
            }
        }
        assertThat(scene.log().health().trouble()).isEqualTo(LogHealth.Trouble.DISK_BUDGET);
        assertThat(scene.write(Records.record(7)).isCommitted()).isFalse();
        while (scene.log().reserve(60_000) != null) {
            // the buffer fills up, because nothing is written
        }

        assertThat(scene.log().reserve(60_000)).isNull();
    }

    @Test
    void shouldGoOnByItselfOnceTheLogMayTakeMoreOfTheDisk() throws Exception {
        scene = new LogScene(settings(directory.resolve("log"), 1 << 20, 1 << 26, 2_000_000), scene.store);
        Path filler = Files.createDirectories(directory.resolve("log")).resolve("filler");
        Files.write(filler, new byte[2_000_000]);
        assertThat(scene.write(Records.record(1)).isCommitted()).isFalse();
        assertThat(scene.log().health().trouble()).isEqualTo(LogHealth.Trouble.DISK_BUDGET);

        Files.delete(filler);

        await().untilAsserted(() -> assertThat(scene.requests()).containsExactly("request-1"));
        assertThat(scene.write(Records.record(2)).isCommitted()).isTrue();
        assertThat(scene.count("weir.log.commit.failures", "reason", "disk_budget"))
                .isPositive();
    }

    @Test
    void shouldBeginAnotherSegmentWhenOneIsFullAndForgetNothing() {
        scene = new LogScene(settings(directory.resolve("log"), 1 << 22, 1 << 16, 1 << 30), scene.store);
        for (int i = 0; i < 2_000; i++) {
            scene.log().write(Records.full(i), LogScene.room(scene.log(), 1_000), null);
            if (i % 100 == 0) {
                scene.writeSync(Records.record(i));
            }
        }
        scene.writeSync(Records.record(2_000));

        assertThat(scene.requests()).hasSize(2_021).doesNotHaveDuplicates();
        assertThat(scene.entries())
                .extracting(StoredEntry::position)
                .isSorted()
                .extracting(Position::segment)
                .contains(1L, 2L, 3L);
        await().untilAsserted(() -> assertThat(scene.log().catalog().segments())
                .filteredOn(each -> each.seal() == null)
                .hasSize(1));
        assertThat(scene.requests()).hasSize(2_021);
    }

    @Test
    void shouldBeginAnotherSegmentWhenOneIsOld() throws Exception {
        scene = new LogScene(
                new LogSettings(
                        directory.resolve("log"),
                        true,
                        false,
                        size(1 << 20),
                        size(1 << 26),
                        Duration.ofMillis(100),
                        size(1 << 30),
                        size(0),
                        Map.of()),
                scene.store);
        scene.writeSync(Records.record(1));

        await().untilAsserted(() -> assertThat(scene.log().catalog().segments()).hasSize(2));
        scene.writeSync(Records.record(2));
        assertThat(scene.entries())
                .extracting(each -> each.position().segment())
                .doesNotHaveDuplicates();
    }

    @Test
    void shouldGoOnAfterAStopWithoutAGap() {
        scene.writeSync(Records.record(1));
        scene.stop();
        scene.start();
        scene.writeSync(Records.record(2));

        assertThat(scene.gaps()).isEmpty();
        assertThat(scene.entries())
                .extracting(StoredEntry::position)
                .containsExactly(new Position(1, 1, 1), new Position(2, 2, 1));
        assertThat(scene.entries())
                .extracting(StoredEntry::replica)
                .containsOnly(scene.log().reader().replica());
    }

    @Test
    void shouldWriteWhatIsLeftWhenItStops() {
        for (int i = 0; i < 3_000; i++) {
            scene.log().write(Records.record(i), LogScene.room(scene.log(), 100), null);
        }
        scene.log().lost(Records.IRIS, Reason.OVERFLOW);

        scene.stop();

        assertThat(LogScene.entries(LogScene.readerOf(scene.settings.directory())))
                .hasSize(3_001);
    }

    @Test
    void shouldSayOfARecordThatNobodyWaitsForAnyMoreThatNobodyWasToldOfIt() {
        PredictionLog.Commit told = new PredictionLog.Commit() {
            @Override
            public boolean isAwaited() {
                return false;
            }

            @Override
            public void committed() {}

            @Override
            public void failed() {}
        };

        scene.log().write(Records.record(1), LogScene.room(scene.log(), 100), told);

        await().untilAsserted(() -> assertThat(scene.entries())
                .singleElement()
                .extracting(StoredEntry::acknowledged)
                .isEqualTo(false));
    }

    @Test
    void shouldTellWhoComesTooLate() {
        LocalPredictionLog log = scene.log();
        Room room = LogScene.room(log, 100);
        scene.stop();
        Told told = new Told();

        log.write(Records.record(1), room, told);

        assertThat(told.isCommitted()).isFalse();
        assertThat(log.reserve(1)).isNull();
    }

    @Test
    void shouldRecordNothingWhenItIsSwitchedOff() {
        scene = new LogScene(scene.settings.switchedOff(), scene.store);

        assertThat(scene.log().isEnabled()).isFalse();
        assertThat(scene.log().reserve(1)).isNull();
        assertThat(scene.log().reader().find(Records.record(1).id())).isNull();
        assertThat(scene.log().currentHead()).isNull();
        assertThat(scene.settings.directory()).doesNotExist();
    }

    @Test
    void shouldStillReadWhatIsThereWhenItIsSwitchedOff() {
        scene.writeSync(Records.record(1));
        scene.stop();
        scene = new LogScene(scene.settings.switchedOff(), scene.store);

        assertThat(scene.log().reader().find(Records.record(1).id())).isNotNull();
    }

    @Test
    void shouldRefuseADirectoryThatAnotherServerWritesTo() {
        scene.start();
        try (LogScene second = new LogScene(scene.settings)) {
            assertThatExceptionOfType(ConfigurationRejected.class)
                    .isThrownBy(second::start)
                    .withMessageContaining("weir.predictions.directory")
                    .withMessageContaining("another server");
        }
    }

    @Test
    void shouldRefuseTheLogOfAnotherReplica() {
        scene.writeSync(Records.record(1));
        scene.stop();
        try (LogScene other = LogScene.in(directory.resolve("other"))) {
            other.writeSync(Records.record(2));
            other.stop();
            try (LogScene mixed = new LogScene(scene.settings, other.store)) {
                assertThatExceptionOfType(ConfigurationRejected.class)
                        .isThrownBy(mixed::start)
                        .withMessageContaining("weir.predictions.directory")
                        .withMessageContaining("another replica");
            }
        }
    }

    @Test
    void shouldGoOnAsTheReplicaOfTheLogWhenTheStateIsLost() {
        scene.writeSync(Records.record(1));
        String replica = scene.log().reader().replica();
        scene.stop();
        try (LogScene fresh = new LogScene(scene.settings)) {
            fresh.writeSync(Records.record(2));

            assertThat(fresh.log().reader().replica()).isEqualTo(replica);
            assertThat(fresh.entries())
                    .extracting(each -> each.position().incarnation())
                    .containsExactly(1L, 2L);
        }
    }

    @Test
    void shouldPromiseOnlyWhatIsSynced() {
        scene.writeSync(Records.record(1));
        ChainHead synced = scene.log().currentHead();
        scene.log().write(Records.record(2), LogScene.room(scene.log(), 100), null);

        assertThat(synced).isNotNull();
        assertThat(synced.position()).isEqualTo(new Position(1, 1, 1));
        await().untilAsserted(() -> assertThat(scene.log().currentHead())
                .as("a checkpoint of the keeper syncs it")
                .extracting(ChainHead::position)
                .isEqualTo(new Position(1, 1, 2)));
    }
}
