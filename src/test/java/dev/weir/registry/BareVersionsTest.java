package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ArtifactRejected;
import dev.weir.fixture.FakeFormat;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ArtifactDigests;
import dev.weir.servable.ArtifactFile;
import dev.weir.servable.Lineage;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelDescriber;
import dev.weir.servable.ModelManifest;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Versions without a manifest in a registry directory. */
class BareVersionsTest {

    private static final VersionRef IRIS = new VersionRef("iris", "1");

    @TempDir
    private Path root;

    private DirectoryModelSource source;

    @BeforeEach
    void open() {
        source = new DirectoryModelSource(root, new ModelDescriber(new FakeFormat()), new SimpleMeterRegistry());
    }

    private Path put(String model, String version, String file) throws IOException {
        Path directory = Files.createDirectories(root.resolve(model).resolve(version));
        return Files.write(directory.resolve(file), new byte[] {1, 2, 3});
    }

    @Test
    void shouldListANumberedDirectoryThatHoldsAModel() throws IOException {
        put("iris", "1", FakeFormat.FILE);

        assertThat(source.list().versions().keySet()).containsExactly(IRIS);
    }

    @Test
    void shouldNotTakeOtherDirectoriesForVersions() throws IOException {
        put("iris", "notes", FakeFormat.FILE);
        put("iris", "2", "README.md");

        assertThat(source.list().versions().keySet()).isEmpty();
    }

    @Test
    void shouldReadTheSignatureFromTheModel() throws IOException {
        put("iris", "1", FakeFormat.FILE);

        ModelManifest manifest = source.fetch(IRIS).manifest();

        assertThat(manifest.signature()).isEqualTo(FakeFormat.DESCRIBED);
        assertThat(manifest.format()).isEqualTo(new FakeFormat().name());
    }

    @Test
    void shouldKnowNothingOfWhereItComesFrom() throws IOException {
        put("iris", "1", FakeFormat.FILE);

        assertThat(source.fetch(IRIS).manifest().lineage()).isEqualTo(Lineage.UNKNOWN);
    }

    @Test
    void shouldListEveryFileTheModelFirst() throws IOException {
        put("iris", "1", "a.bin");
        put("iris", "1", FakeFormat.FILE);
        put("iris", "1", "z.bin");

        ModelArtifact artifact = source.fetch(IRIS);

        assertThat(artifact.manifest().files())
                .extracting(ArtifactFile::path)
                .containsExactly(FakeFormat.FILE, "a.bin", "z.bin");
        ArtifactDigests.verify(artifact);
    }

    @Test
    void shouldHaveAnotherDigestOnceAFileDiffers() throws IOException {
        Path model = put("iris", "1", FakeFormat.FILE);
        String before = source.fetch(IRIS).digest();

        Files.write(model, new byte[] {4});

        assertThat(source.fetch(IRIS).digest()).isNotEqualTo(before);
    }

    @Test
    void shouldRefuseLinks() throws IOException {
        Path model = put("iris", "1", FakeFormat.FILE);
        Files.createSymbolicLink(model.resolveSibling("other"), model);

        assertThatThrownBy(() -> source.fetch(IRIS))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("file 'other' is a link, or no regular file");
    }

    @Test
    void shouldNotBeBareWithAManifestThatIsALink() throws IOException {
        Path model = put("iris", "1", FakeFormat.FILE);
        Files.createSymbolicLink(model.resolveSibling("manifest.json"), model);

        assertThat(source.list().versions().keySet()).isEmpty();
        assertThatThrownBy(() -> source.fetch(IRIS))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the registry has no version iris/1");
    }
}
