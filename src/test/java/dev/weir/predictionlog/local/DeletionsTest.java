package dev.weir.predictionlog.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.LogSettings;
import dev.weir.fixture.Records;
import dev.weir.fixture.SigningKeys;
import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.local.ChainBreak.Kind;
import dev.weir.predictionlog.local.Deletions.Deletion;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Five starts, of three records each, every one in a block of its own; all segments but the newest are sealed. */
class DeletionsTest {

    @TempDir
    Path path;

    private LogDirectory directory;
    private final List<ChainHead> checkpoints = new ArrayList<>();

    @BeforeEach
    void write() throws Exception {
        directory = new LogDirectory(path);
        write(5);
    }

    private void write(int starts) throws Exception {
        try (LogScene scene = new LogScene(LogSettings.in(path))) {
            for (int start = 0; start < starts; start++) {
                for (int i = 1; i <= 3; i++) {
                    scene.writeSync(Records.full(10 * start + i));
                    checkpoints.add(scene.log().currentHead());
                }
                scene.stop();
            }
        }
        List<Segment> segments = segments();
        for (Segment segment : segments.subList(0, segments.size() - 1)) {
            SegmentSealer.seal(segment);
        }
    }

    private List<Segment> segments() throws Exception {
        try (ReadConnections connections = new ReadConnections()) {
            return new SegmentCatalog(directory, connections).segments();
        }
    }

    /** Lets retention delete some segments. */
    private void retain(Long... numbers) throws IOException, SQLException {
        Set<Long> going = Set.of(numbers);
        try (ReadConnections connections = new ReadConnections()) {
            new Retention(
                            directory,
                            new SegmentCatalog(directory, connections),
                            connections,
                            Map.of("default", Duration.ZERO),
                            List.of(expired -> going.contains(expired.last().segment())),
                            LogScene.KEYS,
                            new LogMeters(new SimpleMeterRegistry()),
                            Clock.offset(Clock.systemUTC(), Duration.ofDays(2)))
                    .run();
        }
    }

    private ChainVerifier.Report verify() throws IOException {
        return ChainVerifier.verify(path, checkpoints, LogScene.KEYS);
    }

    private List<Kind> problems() throws IOException {
        return verify().breaks().stream().map(ChainBreak::kind).toList();
    }

    /** Returns what a deletion of a segment would say; all of it can be read in the file. */
    private Deletion deletion(long number) throws Exception {
        Segment segment = segments().stream()
                .filter(each -> each.number() == number)
                .findFirst()
                .orElseThrow();
        try (Connection connection = Sqlite.forReading(segment.file())) {
            return new Deletion(
                    segment.header().replica(),
                    segment.header().incarnation(),
                    number,
                    1,
                    3,
                    segment.header().previousHead(),
                    Retention.lastHead(connection, segment),
                    1,
                    1);
        }
    }

    private void takeAway(long number) throws IOException {
        directory.delete(number);
    }

    private void change(long number, String sql) throws SQLException {
        try (Connection connection = Sqlite.forWriting(directory.segment(number))) {
            Sqlite.execute(connection, sql);
        }
    }

    @Test
    void shouldGoOnOverWhatRetentionDeletedAndSayHowMuchThatWas() throws Exception {
        retain(1L, 2L, 4L);

        ChainVerifier.Report report = verify();

        assertThat(report.breaks()).isEmpty();
        assertThat(report.deleted()).isEqualTo(3);
        assertThat(report.segments()).isEqualTo(2);
    }

    @Test
    void shouldNotBelieveADeletionThatNobodySigned() throws Exception {
        Deletion made = deletion(3);
        takeAway(3);
        HexFormat hex = HexFormat.of();
        Files.writeString(
                directory.deletions(),
                "1 3 3 1 3 " + hex.formatHex(made.previousHead()) + " " + hex.formatHex(made.lastHead()) + " 1 1 .\n");

        assertThat(problems()).contains(Kind.UNSIGNED_DELETION, Kind.MISSING_SEGMENT);
        assertThat(verify().deleted()).isZero();
    }

    @Test
    void shouldNotBelieveADeletionThatAnotherKeySigned() throws Exception {
        Deletion made = deletion(3);
        takeAway(3);
        Deletions.add(directory.deletions(), made, new SigningKeys());

        assertThat(verify().breaks())
                .contains(
                        new ChainBreak(Kind.UNSIGNED_DELETION, new Position(0, 3, 0)),
                        new ChainBreak(Kind.MISSING_SEGMENT, new Position(4, 4, 1)));
    }

    @Test
    void shouldNotBelieveADeletionThatWasEditedAfterItWasSigned() throws Exception {
        retain(2L);
        Path file = directory.deletions();
        List<String> words = List.of(Files.readString(file).split(" "));
        for (int word = 1; word < words.size() - 1; word++) {
            List<String> edited = new ArrayList<>(words);
            String last = edited.get(word);
            edited.set(word, (last.charAt(0) == '1' ? "2" : "1") + last.substring(1));
            Files.writeString(file, String.join(" ", edited));

            assertThat(problems()).as("word %d", word).contains(Kind.MISSING_SEGMENT);
        }
    }

    @Test
    void shouldNotBelieveThatTheNewestSegmentWasDeleted() throws Exception {
        Deletion made = deletion(5);
        takeAway(5);
        Deletions.add(directory.deletions(), made, LogScene.KEYS);

        assertThat(problems()).contains(Kind.CUT_TAIL);
        assertThat(ChainVerifier.verify(path, List.of(), LogScene.KEYS).breaks())
                .as("without checkpoints too")
                .containsExactly(new ChainBreak(Kind.CUT_TAIL, new Position(5, 5, 3)));
    }

    @Test
    void shouldFindATailThatWasCutOffBehindADeletion() throws Exception {
        retain(4L);
        takeAway(5);

        assertThat(ChainVerifier.verify(path, List.of(), LogScene.KEYS).breaks())
                .extracting(ChainBreak::kind)
                .containsExactly(Kind.CUT_TAIL);
    }

    @Test
    void shouldNotSignForASegmentThatIsNotAsItWasWritten() throws Exception {
        Deletion before = deletion(2);
        takeAway(2);
        change(3, "UPDATE segment SET prev_head = x'" + HexFormat.of().formatHex(before.previousHead()) + "'");

        retain(3L);

        assertThat(directory.segment(3)).exists();
        assertThat(directory.deletions()).doesNotExist();
        assertThat(problems()).isNotEmpty();
    }

    @Test
    void shouldNotDeleteEarlyBecauseSomebodySaysThatItIsOld() throws Exception {
        change(3, "UPDATE content SET newest_ms = 0");

        retain(3L);

        assertThat(directory.segment(3)).exists();
        assertThat(problems()).containsExactly(Kind.EDITED_INDEX);
    }

    @Test
    void shouldFindASealThatHidesASegment() throws Exception {
        for (String edit : List.of(
                "UPDATE seal SET max_ms = 0",
                "UPDATE seal SET min_ms = 9999999999999",
                "UPDATE seal SET filter = zeroblob(length(filter))",
                "UPDATE seal SET last_seq = last_seq - 1",
                "UPDATE content SET deployment = 'other'")) {
            Path before = path.resolve("before");
            Files.copy(directory.segment(3), before);
            change(3, edit);

            assertThat(verify().breaks()).as(edit).contains(new ChainBreak(Kind.EDITED_INDEX, new Position(3, 3, 1)));

            Files.move(before, directory.segment(3), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        }
        assertThat(problems()).isEmpty();
    }

    /**
     * A signature is checked after the segments were looked up and before they are read. So many that not all of them stay
     * open in between: what is open can be read to its end.
     */
    @Test
    void shouldBeginAgainWhenRetentionDeletesASegmentMeanwhile() throws Exception {
        write(20);
        retain(1L);
        Keyring.Verifier meanwhile = (message, signed) -> {
            try {
                retain(24L);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
            return LogScene.KEYS.verify(message, signed);
        };

        ChainVerifier.Report report = ChainVerifier.verify(path, checkpoints, meanwhile);

        assertThat(report.breaks()).isEmpty();
        assertThat(report.deleted()).isEqualTo(2);
    }

    @Test
    void shouldGoOnAfterALineThatADeadProcessDidNotFinish() throws Exception {
        retain(1L);
        Files.writeString(directory.deletions(), "weir-log-deletion-2 some", StandardOpenOption.APPEND);
        retain(2L);

        assertThat(verify().breaks()).isEmpty();
        assertThat(verify().deleted()).isEqualTo(2);
    }
}
