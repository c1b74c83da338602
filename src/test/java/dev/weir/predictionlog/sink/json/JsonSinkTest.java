package dev.weir.predictionlog.sink.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.fixture.Records;
import dev.weir.fixture.Unsealed;
import dev.weir.inference.PredictionId;
import dev.weir.predictionlog.Capture;
import dev.weir.predictionlog.LogEntry;
import dev.weir.predictionlog.LogSink;
import dev.weir.predictionlog.LogSinkContract;
import dev.weir.predictionlog.PackedTensors;
import dev.weir.predictionlog.Payload;
import dev.weir.predictionlog.RecordJson;
import dev.weir.predictionlog.SinkPayloads;
import dev.weir.predictionlog.StoredEntry;
import dev.weir.predictionlog.SubjectPayloads;
import dev.weir.predictionlog.sink.SinkTrouble;
import dev.weir.predictionlog.sink.Trouble;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract of sinks, in a file of JSON lines. */
class JsonSinkTest extends LogSinkContract {

    @TempDir
    private Path directory;

    private boolean broken;

    private Path file() {
        return directory.resolve("records.ndjson");
    }

    private LogSink sink(SubjectPayloads mode, long maxBytes, int keep) {
        RotatingFile file = new RotatingFile(file(), maxBytes, keep);
        return new JsonSink("json", new BreakableLines(file), new SinkPayloads(mode, Unsealed.SEAL));
    }

    @Override
    protected LogSink sink() {
        return sink(SubjectPayloads.CLEAR, 1 << 20, 10);
    }

    /** A process that writes to the same file must have ended first. */
    @Override
    protected boolean isOneAtATime() {
        return true;
    }

    @Override
    protected boolean isExactlyOnce() {
        return false;
    }

    private List<JsonNode> lines(Path of) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(of)) {
            lines.add(new ObjectMapper().readTree(line));
        }
        return lines;
    }

    @Override
    protected List<@Nullable PredictionId> found(String replica) throws IOException {
        List<@Nullable PredictionId> ids = new ArrayList<>();
        for (JsonNode line : lines(file())) {
            if (line.findValue("replica").asText().equals(replica)) {
                JsonNode id = line.get("prediction_id");
                ids.add(id == null ? null : new PredictionId(UUID.fromString(id.asText())));
            }
        }
        return ids;
    }

    @Override
    protected void breakDown() {
        broken = true;
    }

    @Override
    protected void repair() {
        broken = false;
    }

    @Override
    protected LogEntry unacceptable() {
        PackedTensors damaged = PackedTensors.ofBytes(new byte[] {1, 2, 3});
        return Records.draft(2)
                .payload(new Payload(Capture.FULL, 1, true, false, false, damaged, null))
                .build();
    }

    private static List<StoredEntry> all(LogEntry... entries) {
        return stored("replica-1", 1, 1, List.of(entries));
    }

    @Test
    void shouldWriteTheDocumentOfAnEntryOnALine() throws Exception {
        List<StoredEntry> entries = all(Records.full(1), Records.gap(1, 2, null));
        try (LogSink sink = sink()) {
            sink.open("replica-1");
            sink.write(entries);
        }

        assertThat(Files.readAllLines(file()))
                .containsExactly(
                        new String(RecordJson.toBytes(entries.get(0)), StandardCharsets.UTF_8),
                        new String(RecordJson.toBytes(entries.get(1)), StandardCharsets.UTF_8));
    }

    @Test
    void shouldNotHaveThePayloadOfASubject() throws Exception {
        try (LogSink sink = sink(SubjectPayloads.SEALED, 1 << 20, 10)) {
            sink.open("replica-1");
            sink.write(all(Records.full(1)));
        }

        assertThat(Files.readString(file())).contains("order/1").doesNotContain("twice");
    }

    @Test
    void shouldSetFilesAsideThatAreLargeAndKeepTheNewest() throws Exception {
        int line = RecordJson.toBytes(all(Records.record(1)).getFirst()).length + 1;
        try (LogSink sink = sink(SubjectPayloads.CLEAR, 2L * line + 20, 2)) {
            sink.open("replica-1");
            for (StoredEntry entry : stored(
                    "replica-1",
                    1,
                    1,
                    Stream.iterate(1, i -> i + 1).limit(9).map(Records::record).toList())) {
                sink.write(List.of(entry));
            }
        }

        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.map(path -> path.getFileName().toString()).sorted())
                    .containsExactly("records.ndjson", "records.ndjson.3", "records.ndjson.4");
        }
        assertThat(lines(file())).hasSize(1);
        assertThat(lines(directory.resolve("records.ndjson.4"))).hasSize(2);
    }

    @Test
    void shouldReplaceALineThatWasCutShort() throws Exception {
        try (LogSink sink = sink()) {
            sink.open("replica-1");
            sink.write(all(Records.record(1)));
        }
        Files.writeString(file(), "{\"schema_ver", StandardOpenOption.APPEND);

        try (LogSink sink = sink()) {
            sink.open("replica-1");
            sink.write(all(Records.record(1)));
        }

        assertThat(lines(file())).hasSize(2);
    }

    @Test
    void shouldNotWriteBesideAnother() throws Exception {
        try (LogSink one = sink();
                LogSink other = sink()) {
            one.open("replica-1");

            assertThatThrownBy(() -> other.open("replica-1"))
                    .isInstanceOfSatisfying(
                            SinkTrouble.class, e -> assertThat(e.trouble()).isEqualTo(Trouble.CONTESTED));
        }
    }

    /** Fails when the test says so. */
    private final class BreakableLines implements Lines {

        private final Lines lines;

        BreakableLines(Lines lines) {
            this.lines = lines;
        }

        @Override
        public void open() throws IOException {
            lines.open();
        }

        @Override
        public void add(byte[] more) throws IOException {
            if (broken) {
                throw new IOException("broken");
            }
            lines.add(more);
        }

        @Override
        public void close() {
            lines.close();
        }
    }
}
