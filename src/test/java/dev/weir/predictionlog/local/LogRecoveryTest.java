package dev.weir.predictionlog.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.fixture.LogSettings;
import dev.weir.fixture.Records;
import dev.weir.fixture.Unsealed;
import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.StoredEntry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogRecoveryTest {

    @TempDir
    Path path;

    private LogDirectory directory;
    private LogScene scene;

    @BeforeEach
    void prepare() {
        directory = new LogDirectory(path.resolve("log"));
        scene = new LogScene(LogSettings.in(directory.path()));
    }

    @AfterEach
    void stop() {
        scene.close();
    }

    private void writeAndStop(int... numbers) {
        for (int number : numbers) {
            scene.writeSync(Records.record(number));
        }
        scene.stop();
    }

    /** Copies a log while its server runs, as if that had died. */
    private LogScene killed() throws IOException {
        Path copy = path.resolve("copy");
        Files.createDirectories(copy);
        try (var files = Files.list(directory.path())) {
            for (Path file : files.toList()) {
                if (!file.toString().endsWith("-shm")) {
                    Files.copy(file, copy.resolve(file.getFileName()));
                }
            }
        }
        return new LogScene(LogSettings.in(copy), scene.store);
    }

    @Test
    void shouldMarkThatAProcessDiedAndGoOnBehindWhatItWrote() throws Exception {
        scene.writeSync(Records.record(1));
        try (LogScene next = killed()) {
            next.writeSync(Records.record(2));

            assertThat(next.requests()).containsExactly("request-1", "request-2");
            assertThat(next.gaps())
                    .extracting(GapRecord::reason, GapRecord::count, GapRecord::deployment)
                    .containsExactly(org.assertj.core.groups.Tuple.tuple(GapRecord.Reason.CRASH, null, null));
            GapRecord gap = next.gaps().getFirst();
            assertThat(gap.from()).isBeforeOrEqualTo(gap.to());
            assertThat(ChainVerifier.verify(next.settings.directory(), List.of(), LogScene.KEYS)
                            .breaks())
                    .isEmpty();
        }
    }

    @Test
    void shouldMarkADeathOnce() throws Exception {
        scene.writeSync(Records.record(1));
        try (LogScene next = killed()) {
            next.start();
            next.stop();
            next.start();

            assertThat(next.gaps()).hasSize(1);
        }
    }

    @Test
    void shouldReadWhatADeadProcessLeft() throws Exception {
        scene.writeSync(Records.record(1), Records.record(2));
        try (LogScene dead = killed()) {
            assertThat(LogScene.entries(LogScene.readerOf(dead.settings.directory())))
                    .hasSize(2);
        }
    }

    @Test
    void shouldPutAnEmptyFileAside() throws Exception {
        writeAndStop(1);
        Files.createFile(directory.segment(9));

        scene.start();

        assertThat(scene.requests()).containsExactly("request-1");
        assertThat(scene.gaps()).extracting(GapRecord::reason).containsExactly(GapRecord.Reason.CRASH);
        assertThat(directory.list().damaged()).containsOnlyKeys(9L);
        assertThat(directory.list().segments()).as("no number is used twice").containsKey(10L);
    }

    @Test
    void shouldPutAFileAsideThatIsHalfWritten() throws Exception {
        writeAndStop(1);
        byte[] whole = Files.readAllBytes(directory.segment(1));
        Files.write(directory.segment(2), java.util.Arrays.copyOf(whole, 5_000));

        scene.start();

        assertThat(scene.requests()).containsExactly("request-1");
        assertThat(directory.list().damaged()).containsOnlyKeys(2L);
    }

    @Test
    void shouldPutAFileAsideThatIsNoSegment() throws Exception {
        writeAndStop(1);
        Files.writeString(directory.segment(2), "something else\n".repeat(1_000));

        scene.start();

        assertThat(directory.list().damaged()).containsOnlyKeys(2L);
    }

    @Test
    void shouldForgetASegmentThatWasNeverFinished() throws Exception {
        writeAndStop(1);
        Files.write(directory.unfinished(2), new byte[100]);

        scene.start();

        assertThat(directory.unfinished(2)).doesNotExist();
        assertThat(scene.gaps()).isEmpty();
    }

    @Test
    void shouldRefuseTheLogOfANewerVersion() throws Exception {
        writeAndStop(1);
        try (Connection connection = Sqlite.forWriting(directory.segment(1))) {
            Sqlite.execute(connection, "PRAGMA user_version = 2");
            Sqlite.execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
        }

        assertThatExceptionOfType(ConfigurationRejected.class)
                .isThrownBy(scene::start)
                .withMessageContaining("weir.predictions.directory")
                .withMessageContaining("newer Weir");
    }

    @Test
    void shouldRefuseADirectoryThatIsAFile() throws Exception {
        Files.createFile(directory.path());

        assertThatExceptionOfType(ConfigurationRejected.class)
                .isThrownBy(scene::start)
                .withMessageContaining("weir.predictions.directory");
    }

    @Test
    void shouldNotCountWhatIsVoid() throws Exception {
        writeAndStop(1, 2, 3);
        directory.markVoid(1, 3);

        scene.start();

        assertThat(scene.requests()).containsExactly("request-1", "request-2");
        assertThat(scene.log().reader().find(Records.record(3).id())).isNull();
        assertThat(scene.log().reader().byRequest("request-3", 10)).isEmpty();
    }

    /** A segment that was given up, and its mark could not be written: what its successor has counts. */
    @Test
    void shouldNotCountWhatALaterSegmentHasAgain() throws Exception {
        SegmentChain.Author author = new SegmentChain.Author("r", 1, "node", "test");
        byte[] zero = new byte[Digests.BYTES];
        SegmentWriter first = SegmentWriter.create(directory(), header(author, 1, 1, zero), null);
        EncodedBlock one = block(1, zero, 1);
        first.write(one, true);
        first.write(block(2, one.head(), 2), true);
        first.close();
        SegmentWriter second = SegmentWriter.create(directory(), header(author, 2, 2, one.head()), null);
        BlockBuilder again = new BlockBuilder(Unsealed.SEAL);
        again.add(Records.record(2), false);
        second.write(again.build(2, Records.NOON, one.head()), true);
        second.close();

        List<StoredEntry> entries = LogScene.entries(LogScene.readerOf(directory.path()));

        assertThat(entries).extracting(StoredEntry::acknowledged).containsExactly(true, false);
        assertThat(entries).extracting(each -> each.position().seq()).containsExactly(1L, 2L);
        assertThat(ChainVerifier.verify(directory.path(), List.of(), LogScene.KEYS)
                        .breaks())
                .isEmpty();
    }

    private LogDirectory directory() throws IOException {
        Files.createDirectories(directory.path());
        return directory;
    }

    private static SegmentHeader header(SegmentChain.Author author, long number, long firstSeq, byte[] head) {
        return new SegmentHeader(
                author.replica(), author.incarnation(), number, firstSeq, head, 1_000, author.node(), "test", 0);
    }

    private static EncodedBlock block(long seq, byte[] head, int number) {
        BlockBuilder builder = new BlockBuilder(Unsealed.SEAL);
        builder.add(Records.record(number), true);
        return builder.build(seq, Records.NOON, head);
    }

    @Test
    void shouldMarkAHoleBetweenSegments() throws Exception {
        SegmentChain.Author author = new SegmentChain.Author("r", 1, "node", "test");
        byte[] zero = new byte[Digests.BYTES];
        SegmentWriter first = SegmentWriter.create(directory(), header(author, 1, 1, zero), null);
        first.write(block(1, zero, 1), true);
        first.close();
        SegmentWriter second = SegmentWriter.create(directory, header(author, 2, 5, zero), null);
        second.write(block(5, zero, 5), true);
        second.end(2_000);
        second.close();

        LogRecovery.Found found = LogRecovery.look(directory, Clock.systemUTC());

        assertThat(found.gaps()).extracting(GapRecord::count).containsExactly(3L);
    }

    @Test
    void shouldDeleteWhatOutlivedItsRetentionOnceNobodyKeepsIt() throws Exception {
        scene.writeSync(Records.record(1), Records.full(2));
        scene.stop();
        scene.start();
        scene.writeSync(Records.record(3));
        ReadConnections connections = new ReadConnections();
        SegmentCatalog catalog = new SegmentCatalog(directory, connections);
        org.awaitility.Awaitility.await()
                .until(() -> catalog.segments().getFirst().seal() != null);
        boolean[] held = {true};
        Map<String, Duration> classes = Map.of("default", Duration.ZERO, "short", Duration.ofDays(1));
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        SegmentKeeper keeper = expired -> {
            assertThat(expired.deployments()).containsExactly("iris");
            assertThat(expired.last().seq()).isEqualTo(2);
            return !held[0];
        };
        Retention early = retention(catalog, connections, classes, keeper, meters, Duration.ZERO);
        Retention late = retention(catalog, connections, classes, keeper, meters, Duration.ofDays(2));

        early.run();
        assertThat(catalog.segments()).as("one class still lives").hasSize(2);
        late.run();
        assertThat(catalog.segments()).as("somebody keeps it").hasSize(2);
        held[0] = false;
        late.run();

        assertThat(catalog.segments()).hasSize(1);
        assertThat(scene.requests()).containsExactly("request-3");
        assertThat(directory.segment(1)).doesNotExist();
        assertThat(LogDirectory.wal(directory.segment(1))).doesNotExist();
        assertThat(meters.get("weir.log.segments.deleted").counter().count()).isEqualTo(1);
        ChainVerifier.Report report = ChainVerifier.verify(directory.path(), List.of(), LogScene.KEYS);
        assertThat(report.breaks()).isEmpty();
        assertThat(report.deleted()).isEqualTo(1);
        LocalLogReader reader = scene.log().reader();
        assertThat(reader.deletedBetween(new Position(1, 1, 1), new Position(2, 2, 1)))
                .isTrue();
        assertThat(reader.deletedBetween(new Position(1, 1, 2), new Position(2, 2, 1)))
                .isFalse();
        connections.close();
    }

    private Retention retention(
            SegmentCatalog catalog,
            ReadConnections connections,
            Map<String, Duration> classes,
            SegmentKeeper keeper,
            SimpleMeterRegistry meters,
            Duration ahead) {
        return new Retention(
                directory,
                catalog,
                connections,
                classes,
                List.of(keeper),
                LogScene.KEYS,
                new LogMeters(meters),
                Clock.offset(Clock.systemUTC(), ahead));
    }
}
