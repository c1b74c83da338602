package dev.weir.predictionlog.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.LogSettings;
import dev.weir.fixture.Records;
import dev.weir.fixture.Unsealed;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.local.ChainBreak.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three starts, of three records each, every one in a block of its own. */
class ChainVerifierTest {

    @TempDir
    Path path;

    private final List<ChainHead> checkpoints = new ArrayList<>();

    @BeforeEach
    void write() {
        try (LogScene scene = new LogScene(LogSettings.in(path))) {
            for (int start = 0; start < 3; start++) {
                for (int i = 1; i <= 3; i++) {
                    scene.writeSync(Records.full(10 * start + i));
                    checkpoints.add(scene.log().currentHead());
                }
                scene.stop();
            }
        }
    }

    private Path segment(long number) {
        return new LogDirectory(path).segment(number);
    }

    private void change(long segment, String sql) throws Exception {
        try (Connection connection = Sqlite.forWriting(segment(segment))) {
            Sqlite.execute(connection, sql);
        }
    }

    private void changeBody(long segment, long seq, byte[] body) throws Exception {
        try (Connection connection = Sqlite.forWriting(segment(segment));
                PreparedStatement update =
                        connection.prepareStatement("UPDATE block_body SET body = ? WHERE first_seq = ?")) {
            update.setBytes(1, body);
            update.setLong(2, seq);
            update.execute();
        }
    }

    private byte[] body(long segment, long seq) throws Exception {
        try (Connection connection = Sqlite.forReading(segment(segment))) {
            return StoredBlock.read(connection, seq).body();
        }
    }

    private List<ChainBreak> breaks() throws Exception {
        return ChainVerifier.verify(path, checkpoints, LogScene.KEYS).breaks();
    }

    private static ChainBreak at(Kind kind, long incarnation, long segment, long seq) {
        return new ChainBreak(kind, new Position(incarnation, segment, seq));
    }

    @Test
    void shouldFindNothingWrongWithALogAsItWasWritten() throws Exception {
        ChainVerifier.Report report = ChainVerifier.verify(path, checkpoints, LogScene.KEYS);

        assertThat(report.breaks()).isEmpty();
        assertThat(report.isIntact()).isTrue();
        assertThat(report.entries()).isEqualTo(9);
        assertThat(report.end()).isEqualTo(new Position(3, 3, 3));
        assertThat(checkpoints).extracting(ChainHead::position).doesNotHaveDuplicates();
    }

    @Test
    void shouldFindAnEntryThatWasChanged() throws Exception {
        byte[] body = body(2, 2);
        BlockCodec.Slice slice = BlockCodec.of(body).slices().getFirst();
        body[slice.from() + 5] ^= 1;
        changeBody(2, 2, body);

        assertThat(breaks()).contains(at(Kind.EDITED, 2, 2, 2));
    }

    @Test
    void shouldFindAPayloadThatWasChanged() throws Exception {
        byte[] body = body(2, 2);
        BlockCodec.Slice slice = BlockCodec.of(body).slices().getFirst();
        body[slice.storedFrom() + 5] ^= 1;
        changeBody(2, 2, body);

        assertThat(breaks()).containsExactly(at(Kind.EDITED_PAYLOAD, 2, 2, 2));
    }

    @Test
    void shouldFindWhatHidesAnEntryFromWhoLooksForIt() throws Exception {
        change(2, "UPDATE block SET max_ms = 5, min_ms = 4 WHERE first_seq = 2");

        assertThat(breaks()).containsExactly(at(Kind.EDITED_INDEX, 2, 2, 2));
    }

    @Test
    void shouldFindABlockThatIsMissing() throws Exception {
        change(2, "DELETE FROM block WHERE first_seq = 2");

        assertThat(breaks()).contains(at(Kind.MISSING_BLOCK, 2, 2, 3)).hasSize(2);
    }

    @Test
    void shouldFindASegmentThatIsMissing() throws Exception {
        Files.delete(segment(2));

        assertThat(breaks()).contains(at(Kind.MISSING_SEGMENT, 3, 3, 1));
    }

    @Test
    void shouldFindAFirstSegmentThatIsMissing() throws Exception {
        Files.delete(segment(1));

        assertThat(breaks()).contains(at(Kind.MISSING_SEGMENT, 2, 2, 1));
    }

    @Test
    void shouldFindATailThatWasCutOff() throws Exception {
        change(3, "DELETE FROM block WHERE first_seq = 3");

        assertThat(breaks()).containsExactly(at(Kind.CUT_TAIL, 3, 3, 3));
    }

    @Test
    void shouldFindThatTheLastSegmentWasTakenAway() throws Exception {
        Files.delete(segment(3));

        assertThat(breaks()).extracting(ChainBreak::kind).containsOnly(Kind.CUT_TAIL);
    }

    @Test
    void shouldFindAFileThatIsNoneAnyMore() throws Exception {
        Files.writeString(segment(2), "gone");

        assertThat(breaks()).contains(at(Kind.UNREADABLE, 0, 2, 0));
    }

    @Test
    void shouldFindAReplicaThatWasTakenAway() throws Exception {
        ChainHead other = new ChainHead(
                "other",
                checkpoints.getFirst().position(),
                checkpoints.getFirst().head());

        assertThat(ChainVerifier.verify(path, List.of(other), LogScene.KEYS).breaks())
                .extracting(ChainBreak::kind)
                .containsExactly(Kind.MISSING_REPLICA);
    }

    /** Who can write the files can write a chain that fits, but not the one that was seen. */
    @Test
    void shouldFindAChainThatWasMadeUp() throws Exception {
        byte[] previous = StoredBlock.read(Sqlite.forReading(segment(3)), 2).head();
        BlockBuilder builder = new BlockBuilder(Unsealed.SEAL);
        builder.add(Records.full(77), true);
        EncodedBlock made = builder.build(3, Records.NOON, previous);
        change(3, "DELETE FROM block WHERE first_seq = 3");
        change(3, "DELETE FROM block_body WHERE first_seq = 3");
        try (Connection connection = Sqlite.forWriting(segment(3))) {
            SegmentSchema.insert(connection, made);
        }

        assertThat(ChainVerifier.verify(path, List.of(), LogScene.KEYS).breaks())
                .isEmpty();
        assertThat(breaks()).containsExactly(at(Kind.OTHER_CHAIN, 3, 3, 3));
    }
}
