package dev.weir.predictionlog.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.fixture.Records;
import dev.weir.predictionlog.LogEntry;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.StoredEntry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file of refused entries. */
class DeadLettersTest {

    @TempDir
    private Path directory;

    private static StoredEntry entry(long seq, LogEntry entry) {
        return new StoredEntry("replica-1", new Position(2, 3, seq), true, entry);
    }

    private Path file() {
        return directory.resolve("s.ndjson");
    }

    private DeadLetters open(long bytes) {
        return new DeadLetters(file(), bytes, InstantSource.fixed(Records.NOON));
    }

    @Test
    void shouldSayWhatWasRefusedAndWhy() throws Exception {
        open(10_000).add(entry(7, Records.full(1)), "sqlstate 22021");

        JsonNode line = new ObjectMapper().readTree(file().toFile());
        assertThat(line.path("reason").asText()).isEqualTo("sqlstate 22021");
        assertThat(line.path("replica").asText()).isEqualTo("replica-1");
        assertThat(line.path("incarnation").asLong()).isEqualTo(2);
        assertThat(line.path("segment").asLong()).isEqualTo(3);
        assertThat(line.path("seq").asLong()).isEqualTo(7);
        assertThat(line.path("prediction_id").asText())
                .isEqualTo(Records.full(1).id().toString());
        assertThat(line.path("request_id").asText()).isEqualTo("order/1");
        assertThat(line.path("deployment").asText()).isEqualTo("iris");
    }

    @Test
    void shouldHoldNothingOfAPayload() throws Exception {
        open(10_000).add(entry(7, Records.full(1)), "no");

        assertThat(Files.readString(file())).doesNotContain("ada@", "twice", "5.1", "k3:d1");
    }

    @Test
    void shouldWriteNothingBeyondItsBound() throws Exception {
        DeadLetters letters = open(600);
        letters.add(entry(1, Records.record(1)), "no");
        String before = Files.readString(file());

        assertThatThrownBy(() -> letters.add(entry(2, Records.full(2)), "no".repeat(200)))
                .isInstanceOf(DeadLetters.Full.class);

        assertThat(Files.readString(file())).isEqualTo(before);
    }

    @Test
    void shouldKnowWhatAnEarlierProcessPutAside() throws Exception {
        open(10_000).add(entry(1, Records.record(1)), "no");
        DeadLetters later = open(10_000);
        later.refresh();
        assertThat(later.count()).isEqualTo(1);

        assertThat(later.add(entry(1, Records.record(1)), "no")).isFalse();
        assertThat(later.add(entry(2, Records.gap(1, 2, null)), "no")).isTrue();

        assertThat(Files.readAllLines(file())).hasSize(2);
    }

    @Test
    void shouldReplaceALineThatWasCutShort() throws Exception {
        open(10_000).add(entry(1, Records.record(1)), "no");
        Files.writeString(file(), "{\"refused_at\":\"20", StandardCharsets.UTF_8, StandardOpenOption.APPEND);

        DeadLetters later = open(10_000);
        later.add(entry(2, Records.record(2)), "no");

        List<String> lines = Files.readAllLines(file());
        assertThat(lines).hasSize(2);
        for (String line : lines) {
            assertThat(new ObjectMapper().readTree(line).path("reason").asText())
                    .isEqualTo("no");
        }
    }
}
