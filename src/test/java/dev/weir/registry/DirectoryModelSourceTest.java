package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.ConfigurationRejected;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.fixture.Examples;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ArtifactDigests;
import dev.weir.servable.ModelDescriber;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirectoryModelSourceTest extends ModelSourceContract {

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private ModelSource source;

    @Override
    protected ModelSource source() {
        return source;
    }

    private Path root() {
        return directory.resolve("registry");
    }

    @BeforeEach
    void create() throws IOException {
        Files.createDirectory(root());
        source = new DirectoryModelSource(root(), new ModelDescriber(), meters);
    }

    @Override
    protected void put(VersionRef ref, byte[] manifest, byte[] model) throws IOException {
        Path version = Files.createDirectories(root().resolve(ref.model()).resolve(ref.version()));
        Files.write(version.resolve("manifest.json"), manifest);
        Files.write(version.resolve("model.onnx"), model);
    }

    @Override
    protected void breakDown() throws IOException {
        Files.move(root(), directory.resolve("gone"));
    }

    @Test
    void shouldReadTheExamples() {
        ModelSource examples = new DirectoryModelSource(Examples.REGISTRY, new ModelDescriber(), meters);

        assertThat(examples.list().versions().keySet())
                .contains(new VersionRef("iris", "1"), new VersionRef("breast-cancer", "2"))
                .allSatisfy(ref -> assertThatCode(() -> ArtifactDigests.verify(examples.fetch(ref)))
                        .doesNotThrowAnyException());
    }

    @Test
    void shouldNotSeeEntriesWhoseNamesAreNoNames() throws IOException {
        put("iris", "1");
        Files.createDirectories(root().resolve("iris").resolve("v 2"));
        Files.writeString(root().resolve("iris").resolve("v 2").resolve("manifest.json"), "{}");
        Files.createDirectories(root().resolve("caf\u00e9").resolve("1"));
        Files.writeString(root().resolve("caf\u00e9").resolve("1").resolve("manifest.json"), "{}");

        assertThat(source().list().versions().keySet()).containsExactly(new VersionRef("iris", "1"));
    }

    @Test
    void shouldNotSeeADirectoryWithoutAManifest() throws IOException {
        put("iris", "1");
        Files.createDirectories(root().resolve("iris").resolve("2"));
        Files.writeString(root().resolve("README.md"), "hello");

        assertThat(source().list().versions().keySet()).containsExactly(new VersionRef("iris", "1"));
    }

    @Test
    void shouldNotFollowALinkInAManifestsPlace() throws IOException {
        put("iris", "1");
        Path manifest = root().resolve("iris").resolve("1").resolve("manifest.json");
        Path elsewhere = directory.resolve("elsewhere.json");
        Files.move(manifest, elsewhere);
        Files.createSymbolicLink(manifest, elsewhere);

        assertThat(source().list().versions().keySet()).isEmpty();
        assertThatThrownBy(() -> source().fetch(new VersionRef("iris", "1")))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the registry has no version iris/1");
    }

    @Test
    void shouldRefuseAManifestOfUnreasonableSize() throws IOException {
        put("iris", "1");
        try (RandomAccessFile file = new RandomAccessFile(
                root().resolve("iris").resolve("1").resolve("manifest.json").toFile(), "rw")) {
            file.setLength((16 << 20) + 1);
        }

        assertThatThrownBy(() -> source().fetch(new VersionRef("iris", "1")))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the manifest is larger than 16777216 bytes");
    }

    @Test
    void shouldReadTheRestWhenOneModelsAliasesAreBroken() throws IOException {
        put("iris", "1");
        put("wine", "1");
        source().moveAlias("wine", new AliasMove("champion", null, "1", "ada", Instant.EPOCH, "first"));
        Files.writeString(root().resolve("iris").resolve("aliases.json"), "{");

        Listing listing = source().list();

        assertThat(listing.problems()).containsOnlyKeys("iris");
        assertThat(listing.resolve("wine", "champion")).isEqualTo(new VersionRef("wine", "1"));
    }

    private double requests(String operation, String result) {
        return meters.get("weir.registry.requests")
                .tags("op", operation, "result", result)
                .counter()
                .count();
    }

    @Test
    void shouldNotStartOnADirectoryThatIsNotThere() {
        Path missing = directory.resolve("missing");

        assertThatThrownBy(() -> new DirectoryModelSource(missing, new ModelDescriber(), meters))
                .isInstanceOf(ConfigurationRejected.class)
                .hasMessage("weir.registry.directory: there is no directory that can be read at " + missing);
    }

    @Test
    void shouldNotStartOnAFile() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));

        assertThatThrownBy(() -> new DirectoryModelSource(file, new ModelDescriber(), meters))
                .isInstanceOf(ConfigurationRejected.class);
    }

    @Test
    void shouldNotTakeALostDirectoryForAMissingVersion() throws IOException {
        put("iris", "1");
        breakDown();

        assertThatThrownBy(() -> source().fetch(new VersionRef("iris", "1")))
                .isInstanceOf(RegistryUnavailable.class)
                .hasMessage("the registry directory can't be read");
    }

    @Test
    void shouldCountWhatItIsAsked() throws IOException {
        put("iris", "1");

        source().list();
        source().fetch(new VersionRef("iris", "1"));
        assertThatThrownBy(() -> source().fetch(new VersionRef("iris", "2"))).isInstanceOf(ArtifactRejected.class);

        assertThat(requests("list", "ok")).isOne();
        assertThat(requests("fetch", "ok")).isOne();
        assertThat(requests("fetch", "failed")).isOne();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "{}",
                "{\"schema_version\": \"2.0\"}",
                "{\"schema_version\": \"1.0\", \"aliases\": {\"champion\": null}}",
                "{\"schema_version\": \"1.0\", \"aliases\": {\"champion\": \"../1\"}}",
                "{\"schema_version\": \"1.0\", \"aliases\": {}, \"history\": [null]}",
                "{\"schema_version\": \"1.0\", \"aliases\": {}, \"history\": [{}]}",
                "{\"schema_version\": \"1.0\", \"aliases\": {}, \"history\": [{\"alias\": \"a\", \"to\": \"1\"}]}",
                "{\"schema_version\": \"1.0\", \"aliases\": {}, \"more\": 1}"
            })
    void shouldNameTheModelWhoseAliasesAreWrong(String text) throws IOException {
        put("iris", "1");
        Files.writeString(root().resolve("iris").resolve("aliases.json"), text);

        assertThat(source().list().problems())
                .containsExactly(Map.entry("iris", "the aliases or revocations of model 'iris' can't be read"));
    }

    @Test
    void shouldTakeAVersionForRevokedThoughNobodySaidByWhomOrWhy() throws IOException {
        put("iris", "1");
        Files.writeString(
                root().resolve("iris").resolve("revoked.json"),
                "{\"schema_version\": \"1.0\", \"revoked\": {\"1\": {}}}");

        assertThat(source().list().revocation(new VersionRef("iris", "1")))
                .isEqualTo(new Revocation("unknown", Instant.EPOCH, "no reason was given"));
    }

    @Test
    void shouldReadAliasesThatWereWrittenByHand() throws IOException {
        put("iris", "1");
        Files.writeString(
                root().resolve("iris").resolve("aliases.json"),
                "{\"schema_version\": \"1.0\", \"aliases\": {\"champion\": \"1\"}}");

        assertThat(source().list().resolve("iris", "champion")).isEqualTo(new VersionRef("iris", "1"));
        assertThat(source().aliasHistory("iris")).isEmpty();
    }
}
