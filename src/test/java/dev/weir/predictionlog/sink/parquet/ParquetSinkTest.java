package dev.weir.predictionlog.sink.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.fixture.ManualTicker;
import dev.weir.fixture.Records;
import dev.weir.fixture.Tensors;
import dev.weir.fixture.Unsealed;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.PredictionId;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.TensorSpec;
import dev.weir.predictionlog.Capture;
import dev.weir.predictionlog.LogEntry;
import dev.weir.predictionlog.LogSinkContract;
import dev.weir.predictionlog.PackedTensors;
import dev.weir.predictionlog.Payload;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.SignatureLookup;
import dev.weir.predictionlog.SinkPayloads;
import dev.weir.predictionlog.StoredEntry;
import dev.weir.predictionlog.SubjectPayloads;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract of sinks, in a directory of Parquet files. */
class ParquetSinkTest extends LogSinkContract {

    private static final SignatureLookup IRIS = context -> new ModelSignature(
            List.of(new TensorSpec(
                    "x",
                    DataType.FP32,
                    ShapePattern.of(-1, 2),
                    List.of("sepal", "petal"),
                    List.of(),
                    TensorSpec.NonFinite.FORBID)),
            List.of(TensorSpec.of("label", DataType.INT64, -1), TensorSpec.of("scores", DataType.FP32, -1, 3)),
            true);

    @TempDir
    private Path directory;

    private final ManualTicker ticker = new ManualTicker();
    private boolean broken;

    /** How many files may be written before the process dies; negative for any number. */
    private int putsLeft = -1;

    private ParquetSink sink(SignatureLookup signatures, SubjectPayloads mode, long bytes) {
        return new ParquetSink(
                "parquet",
                new BreakableStore(),
                new SinkPayloads(mode, Unsealed.SEAL),
                signatures,
                new ParquetSink.Limits(bytes, Duration.ofMinutes(15)),
                ticker);
    }

    @Override
    protected ParquetSink sink() {
        return sink(SignatureLookup.NONE, SubjectPayloads.CLEAR, 1 << 20);
    }

    @Override
    protected boolean isExactlyOnce() {
        return true;
    }

    private List<Map<String, @Nullable Object>> rows() throws IOException {
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        for (Path file : ParquetRows.files(directory)) {
            rows.addAll(ParquetRows.read(file));
        }
        rows.sort(Comparator.<Map<String, @Nullable Object>>comparingLong(row -> (Long) row.get("weir_incarnation"))
                .thenComparingLong(row -> (Long) row.get("weir_seq")));
        return rows;
    }

    @Override
    protected List<@Nullable PredictionId> found(String replica) throws IOException {
        List<@Nullable PredictionId> ids = new ArrayList<>();
        for (Map<String, @Nullable Object> row : rows()) {
            if (replica.equals(row.get("weir_replica")) && (Integer) row.getOrDefault("weir_row", 0) == 0) {
                Object id = row.get("weir_prediction_id");
                ids.add(
                        id == null
                                ? null
                                : new PredictionId(UUID.fromString(id.toString().replaceFirst(":.*", ""))));
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

    private static PredictionRecord iris(int number) {
        return Records.draft(number)
                .rows(2)
                .payload(new Payload(
                        Capture.FULL,
                        1,
                        true,
                        false,
                        false,
                        PackedTensors.pack(
                                List.of(Tensors.fp32("x", new long[] {2, 2}, number, 0.5f, number + 100, 1.5f))),
                        PackedTensors.pack(List.of(
                                Tensors.int64("label", 1, 2),
                                Tensors.fp32("scores", new long[] {2, 3}, 0.25f, 0.5f, 0.25f, 1f, 0f, 0f)))))
                .build();
    }

    private static List<StoredEntry> all(LogEntry... entries) {
        return stored("replica-1", 1, 1, List.of(entries));
    }

    private void write(ParquetSink sink, List<StoredEntry> entries) throws Exception {
        sink.open("replica-1");
        sink.write(entries);
        sink.idle(true);
        sink.close();
    }

    private List<String> names() throws IOException {
        return ParquetRows.files(directory).stream()
                .map(file -> directory.relativize(file).toString())
                .toList();
    }

    @Test
    void shouldHaveAColumnPerFeatureAndOutputAndARowPerRow() throws Exception {
        write(sink(IRIS, SubjectPayloads.CLEAR, 1 << 20), all(iris(7)));

        List<Map<String, @Nullable Object>> rows = rows();
        assertThat(rows).hasSize(2);
        Map<String, @Nullable Object> second = new HashMap<>(rows.get(1));
        assertThat(second)
                .containsEntry("weir_prediction_id", iris(7).id() + ":1")
                .containsEntry("weir_row", 1)
                .containsEntry("weir_version", "3")
                .containsEntry("sepal", 107f)
                .containsEntry("petal", 1.5f)
                .containsEntry("label", 2L)
                .containsEntry("scores_0", 1f)
                .containsEntry("scores_2", 0f);
    }

    @Test
    void shouldNumberColumnsOfWhatIsNotKnown() throws Exception {
        write(sink(), all(iris(7)));

        assertThat(rows().getFirst()).containsEntry("x_0", 7f).containsEntry("x_1", 0.5f);
    }

    @Test
    void shouldLeaveOutWhatWasTakenOut() throws Exception {
        write(sink(), all(Records.full(1)));

        assertThat(rows().getFirst())
                .containsEntry("features_0", 5.1f)
                .containsEntry("features_2", null)
                .containsEntry("email", null)
                .containsEntry("email_hash", "k3:d1");
    }

    @Test
    void shouldNotHaveThePayloadOfASubject() throws Exception {
        write(sink(SignatureLookup.NONE, SubjectPayloads.SEALED, 1 << 20), all(Records.full(1)));

        assertThat(rows().getFirst()).containsKey("weir_subject_key").doesNotContainKey("features_0");
        for (Path file : ParquetRows.files(directory)) {
            assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                    .doesNotContain("twice");
        }
    }

    @Test
    void shouldNameFilesAfterWhatIsInThem() throws Exception {
        PredictionRecord later =
                Records.draft(9).started(Records.NOON.plus(Duration.ofHours(1))).build();
        write(
                sink(),
                all(
                        iris(1),
                        iris(2),
                        Records.draft(3).of(Records.IRIS_CANARY).build(),
                        Records.gap(1, 2, null),
                        later));

        assertThat(names())
                .containsExactly(
                        "gaps/date=2026-01-02/hour=12/replica-1-1-4-4.parquet",
                        "predictions/deployment=iris/date=2026-01-02/hour=12/replica-1-1-1-2.parquet",
                        "predictions/deployment=iris/date=2026-01-02/hour=12/replica-1-1-3-3.parquet",
                        "predictions/deployment=iris/date=2026-01-02/hour=13/replica-1-1-5-5.parquet");
    }

    @Test
    void shouldCollectUntilAnHourIsOver() throws Exception {
        ParquetSink sink = sink();
        sink.open("replica-1");
        assertThat(sink.write(all(iris(1), iris(2)))).isEqualTo(Position.START);
        assertThat(names()).isEmpty();

        PredictionRecord later =
                Records.draft(9).started(Records.NOON.plus(Duration.ofHours(1))).build();
        assertThat(sink.write(stored("replica-1", 1, 3, List.of(later)))).isEqualTo(new Position(1, 1, 2));

        assertThat(names()).hasSize(1);
    }

    @Test
    void shouldNotLetEntriesWaitForLong() throws Exception {
        ParquetSink sink = sink();
        sink.open("replica-1");
        sink.write(all(iris(1)));
        assertThat(sink.idle(false)).isEqualTo(Position.START);

        ticker.advance(Duration.ofMinutes(15));

        assertThat(sink.idle(false)).isEqualTo(new Position(1, 1, 1));
        assertThat(names()).hasSize(1);
    }

    @Test
    void shouldNotCollectMoreThanItMay() throws Exception {
        List<StoredEntry> entries = stored(
                "replica-1", 1, 1, IntStream.range(0, 10).mapToObj(i -> iris(i)).toList());
        ParquetSink sink = sink(
                SignatureLookup.NONE,
                SubjectPayloads.CLEAR,
                3 * entries.getFirst().bytes());
        sink.open("replica-1");

        sink.write(entries);

        assertThat(names()).hasSize(3);
    }

    @Test
    void shouldNotCollectMoreEntriesWithoutPayloadThanItMay() throws Exception {
        List<LogEntry> log = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            log.add(i % 2 == 0 ? Records.record(i) : Records.gap(i, i + 1, null));
        }
        ParquetSink sink = sink(SignatureLookup.NONE, SubjectPayloads.CLEAR, 20 << 10);
        sink.open("replica-1");

        Position safe = sink.write(stored("replica-1", 1, 1, log));

        assertThat(safe.seq()).as("what is not in memory").isGreaterThan(60);
    }

    /** The process dies after each number of files; another goes on, with batches of another size. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8})
    void shouldWriteTheSameFilesAgainAfterADeathInTheMiddle(int puts) throws Exception {
        List<LogEntry> log = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            log.add(i % 7 == 6 ? Records.gap(i, i + 1, null) : i % 3 == 0 ? iris(i) : Records.full(i));
        }
        List<StoredEntry> entries = stored("replica-1", 1, 1, log);
        ParquetSink dying = sink(IRIS, SubjectPayloads.CLEAR, 1 << 20);
        dying.open("replica-1");
        putsLeft = puts;
        try {
            dying.write(entries.subList(0, 20));
            dying.idle(true);
            dying.write(entries.subList(20, 30));
            dying.idle(true);
        } catch (IOException e) {
            // it died
        }
        putsLeft = -1;

        ParquetSink next = sink(IRIS, SubjectPayloads.CLEAR, 1 << 20);
        Position safe = next.open("replica-1");
        for (StoredEntry entry : entries) {
            if (entry.position().compareTo(safe) > 0) {
                next.write(List.of(entry));
            }
        }
        next.idle(true);

        assertThat(found("replica-1"))
                .isEqualTo(log.stream()
                        .map(entry -> entry instanceof PredictionRecord record ? record.id() : null)
                        .toList());
    }

    @Test
    void shouldSayThatThePositionIsDamaged() throws Exception {
        Files.createDirectories(directory.resolve("_positions"));
        Files.writeString(directory.resolve("_positions/replica-1.json"), "{\"safe\":7}");

        assertThatThrownBy(() -> sink().open("replica-1")).isInstanceOf(IOException.class);
    }

    @Test
    void shouldBeReadByPandas() throws Exception {
        write(sink(IRIS, SubjectPayloads.CLEAR, 1 << 20), all(iris(1), iris(2)));

        JsonNode read = new ObjectMapper()
                .readTree(run(
                        run("scripts/python-env.sh", "src/test/parquet").strip(),
                        "src/test/parquet/read.py",
                        directory.toString()));

        assertThat(read.path("types").path("sepal").asText()).isEqualTo("float32");
        assertThat(read.path("types").path("label").asText()).isEqualTo("int64");
        assertThat(read.path("types").path("weir_at").asText()).isEqualTo("datetime64[us, UTC]");
        assertThat(read.path("sepal").toString()).isEqualTo("[1.0,101.0,2.0,102.0]");
        assertThat(read.path("ids").get(1).asText()).isEqualTo(iris(1).id() + ":1");
        assertThat(read.path("deployment").get(0).asText()).isEqualTo("iris");
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        return out;
    }

    /** Fails when the test says so. */
    private final class BreakableStore implements FileStore {

        private final DirectoryStore store = new DirectoryStore(directory);

        @Override
        public void put(String name, byte[] content) throws IOException {
            if (broken || putsLeft == 0) {
                throw new IOException("broken");
            }
            putsLeft--;
            store.put(name, content);
        }

        @Override
        public byte @Nullable [] get(String name) throws IOException {
            if (broken) {
                throw new IOException("broken");
            }
            return store.get(name);
        }

        @Override
        public void close() {
            store.close();
        }
    }
}
