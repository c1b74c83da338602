package dev.weir.predictionlog.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.Records;
import dev.weir.fixture.Unsealed;
import dev.weir.inference.VersionRef;
import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.LogEntry;
import dev.weir.predictionlog.LogReader;
import dev.weir.predictionlog.LogReaderContract;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.StoredEntry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract, on blocks of few entries in segments of few blocks, the older ones of which are sealed. */
class LocalLogReaderTest extends LogReaderContract {

    private static final int BLOCK = 3;

    @TempDir
    Path path;

    private ReadConnections connections;
    private SegmentCatalog catalog;
    private LocalLogReader reader;
    private SegmentChain chain;

    @BeforeEach
    void open() throws Exception {
        connections = new ReadConnections();
        LogDirectory directory = new LogDirectory(path);
        catalog = new SegmentCatalog(directory, connections);
        reader = new LocalLogReader("replica-1", catalog, new SegmentScan(connections), Unsealed.SEAL);
        LogKeeper keeper = new LogKeeper(
                directory,
                catalog,
                new Retention(
                        directory,
                        catalog,
                        connections,
                        Map.of(),
                        List.of(),
                        LogScene.KEYS,
                        new LogMeters(new SimpleMeterRegistry()),
                        Clock.systemUTC()));
        chain = new SegmentChain(
                directory,
                new SegmentChain.Author("replica-1", 1, "node", "test"),
                new SegmentChain.Rotation(4_000, Duration.ofDays(1)),
                keeper,
                Clock.systemUTC(),
                1,
                new byte[Digests.BYTES]);
        chain.begin(null);
    }

    @AfterEach
    void close() throws Exception {
        chain.end(true);
        connections.close();
    }

    @Override
    protected List<StoredEntry> write(List<? extends LogEntry> entries) throws Exception {
        List<StoredEntry> stored = new ArrayList<>();
        BlockBuilder block = new BlockBuilder(Unsealed.SEAL);
        for (int from = 0; from < entries.size(); from += BLOCK) {
            List<? extends LogEntry> some = entries.subList(from, Math.min(from + BLOCK, entries.size()));
            block.clear();
            chain.rotate();
            long first = chain.nextSeq();
            for (LogEntry entry : some) {
                switch (entry) {
                    case PredictionRecord record -> block.add(record, true);
                    case GapRecord gap -> block.add(gap);
                }
            }
            Position last = chain.write(block.build(first, Clock.systemUTC().instant(), chain.head()), false)
                    .position();
            for (int i = 0; i < some.size(); i++) {
                stored.add(new StoredEntry(
                        "replica-1", new Position(last.incarnation(), last.segment(), first + i), true, some.get(i)));
            }
        }
        List<Segment> segments = catalog.segments();
        for (Segment segment : segments.subList(0, Math.max(0, segments.size() - 2))) {
            SegmentSealer.seal(segment);
        }
        return stored;
    }

    @Override
    protected LogReader reader() {
        return reader;
    }

    /** Changes the files of the segments that are sealed. */
    private void changeSealed(String sql) throws Exception {
        List<Segment> sealed =
                catalog.segments().stream().filter(each -> each.seal() != null).toList();
        assertThat(sealed).isNotEmpty();
        for (Segment segment : sealed) {
            try (Connection connection = Sqlite.forWriting(segment.file())) {
                Sqlite.execute(connection, sql);
            }
        }
    }

    /** Reads as a process does that has not read before. */
    private boolean hasRecordOf(VersionRef version) {
        return LogScene.readerOf(path).hasRecordOf(version);
    }

    @Test
    void shouldTellVersionsOfSealedSegmentsWithoutReadingTheirBlocks() throws Exception {
        PredictionRecord first = Records.draft(1).of(Records.IRIS_CANARY).build();
        write(Stream.concat(Stream.of(first), IntStream.range(2, 100).mapToObj(Records::record))
                .toList());
        changeSealed("DROP TABLE block_body");

        assertThat(hasRecordOf(first.context().version())).isTrue();
    }

    @Test
    void shouldTellVersionsOfSegmentsThatAnOlderWeirSealed() throws Exception {
        PredictionRecord first = Records.draft(1).of(Records.IRIS_CANARY).build();
        write(Stream.concat(Stream.of(first), IntStream.range(2, 100).mapToObj(Records::record))
                .toList());
        changeSealed("DROP TABLE version");

        assertThat(hasRecordOf(first.context().version())).isTrue();
        assertThat(hasRecordOf(new VersionRef(first.context().version().model(), "another")))
                .isFalse();
    }

    @Test
    void shouldListTheDirectoryOnceForManyLookUps() throws Exception {
        write(IntStream.range(1, 50).mapToObj(Records::record).toList());
        LogReader steady = reader.steady();

        List<StoredEntry> more =
                write(IntStream.range(50, 100).mapToObj(Records::record).toList());

        assertThat(more.getLast().position().segment())
                .isGreaterThan(more.getFirst().position().segment());
        assertThat(steady.find(Records.record(1).id())).isNotNull();
        assertThat(steady.find(Records.record(99).id())).isNull();
    }
}
