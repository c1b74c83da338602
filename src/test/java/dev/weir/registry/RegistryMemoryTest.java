package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.inference.VersionRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegistryMemoryTest {

    private static final VersionRef IRIS_1 = new VersionRef("iris", "1");
    private static final Listing LISTING = Listing.of(
            Map.of(IRIS_1, "mark", new VersionRef("wine", "2"), "other"),
            Map.of("iris", Map.of("champion", "1"), "wine", Map.of()),
            Map.of(IRIS_1, new Revocation("ada", Instant.EPOCH, "leaked labels")),
            Map.of("wine", "the aliases or revocations of model 'wine' can't be read"));

    private static final List<AliasMove> HISTORY =
            List.of(new AliasMove("champion", null, "1", "ada", Instant.EPOCH, "first"));

    @TempDir
    Path directory;

    private Instant now = Instant.parse("2026-01-02T03:04:05Z");

    private RegistryMemory open(String registry) {
        return RegistryMemory.open(directory, registry, () -> now);
    }

    private Path file() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> all = files.toList();
            assertThat(all).hasSize(1);
            return all.getFirst();
        }
    }

    @Test
    void shouldKnowNothingAtFirst() {
        assertThat(open("s3 a").lastKnown()).isNull();
    }

    @Test
    void shouldKeepWhatTheRegistryHeldAndWhen() {
        open("s3 a").remember(LISTING);

        assertThat(open("s3 a").lastKnown()).isEqualTo(LISTING.asOf(now));
    }

    @Test
    void shouldKnowThatTheRegistryWasReadAgainThoughNothingChanged() {
        RegistryMemory memory = open("s3 a");
        memory.remember(LISTING);
        now = now.plusSeconds(60);

        memory.remember(LISTING);

        assertThat(open("s3 a").lastKnown()).isEqualTo(LISTING.asOf(now));
    }

    @Test
    void shouldKeepRegistriesApart() {
        open("s3 a").remember(LISTING);

        assertThat(open("s3 b").lastKnown()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "null",
                "{\"schema_version\": \"2.0\", \"registry\": \"s3 a\"}",
                "{\"schema_version\": \"1.0\", \"registry\": \"s3 b\"}",
                "{\"schema_version\": \"1.0\", \"registry\": \"s3 a\", \"versions\": [{\"model\": \"../x\", \"version\": \"1\", \"mark\": \"\"}]}",
                "{\"schema_version\": \"1.0\", \"registry\": \"s3 a\", \"revoked\": [{\"model\": \"iris\", \"version\": \"1\"}]}",
                "{\"schema_version\": \"1.0\", \"registry\": \"s3 a\", \"histories\": {\"iris\": [{\"alias\": \"champion\"}]}}",
                "{\"schema_version\": \"1.0\", \"registry\": \"s3 a\", \"histories\": {\"iris\": null}}"
            })
    void shouldStartWithoutWhatIsDamaged(String text) throws IOException {
        open("s3 a").remember(LISTING);
        Files.writeString(file(), text);

        assertThat(open("s3 a").lastKnown()).isNull();
    }

    @Test
    void shouldKeepTheHistoriesThatWereRead() {
        RegistryMemory memory = open("s3 a");
        memory.remember(LISTING);
        memory.remember("iris", HISTORY);

        assertThat(open("s3 a").history("iris")).isEqualTo(HISTORY);
        assertThat(open("s3 a").history("wine")).isNull();
    }

    @Test
    void shouldKeepAHistoryThatWasReadBeforeTheRest() {
        RegistryMemory memory = open("s3 a");
        memory.remember("iris", HISTORY);
        memory.remember(LISTING);

        assertThat(open("s3 a").history("iris")).isEqualTo(HISTORY);
    }

    @Test
    void shouldNotTakeAHistoryForALookAtTheRegistry() {
        RegistryMemory memory = open("s3 a");
        memory.remember(LISTING);
        Instant read = now;
        now = now.plusSeconds(60);
        memory.remember("iris", HISTORY);

        assertThat(open("s3 a").lastKnown()).isEqualTo(LISTING.asOf(read));
    }

    @Test
    void shouldForgetTheHistoryOfAModelThatIsGone() {
        RegistryMemory memory = open("s3 a");
        memory.remember(LISTING);
        memory.remember("iris", HISTORY);
        memory.remember(Listing.EMPTY);

        assertThat(open("s3 a").history("iris")).isNull();
    }

    @Test
    void shouldReadWhatWasKeptWithoutHistories() throws IOException {
        open("s3 a").remember(LISTING);
        String text = Files.readString(file());
        Files.writeString(file(), text.replaceFirst(",\\s*\"histories\"\\s*:\\s*\\{\\s*\\}", ""));

        assertThat(Files.readString(file())).doesNotContain("histories");
        assertThat(open("s3 a").lastKnown()).isNotNull();
        assertThat(open("s3 a").history("iris")).isNull();
    }

    @Test
    void shouldReplaceWhatIsDamaged() throws IOException {
        open("s3 a").remember(LISTING);
        Files.writeString(file(), "{");

        open("s3 a").remember(LISTING);

        assertThat(open("s3 a").lastKnown()).isEqualTo(LISTING.asOf(now));
    }

    @Test
    void shouldKeepInMemoryWhatCanNotBeWritten() throws IOException {
        RegistryMemory memory = open("s3 a");
        Files.delete(directory);

        memory.remember(LISTING);

        assertThat(memory.lastKnown()).isEqualTo(LISTING.asOf(now));
        Files.createDirectory(directory);
    }
}
