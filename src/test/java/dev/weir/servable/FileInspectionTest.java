package dev.weir.servable;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ArtifactRejected;
import dev.weir.fixture.Artifacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileInspectionTest {

    private static final String DIGEST = "0".repeat(64);

    @TempDir
    Path directory;

    private final FileInspection inspection = new FileInspection(3, 100, 250);

    /** Returns an artifact with files of these sizes, none of which exists but the first, {@link Artifacts#FILE}. */
    private ModelArtifact artifact(long... sizes) {
        ModelArtifact one = Artifacts.in(directory.resolve("version")).holding(new byte[10]);
        List<ArtifactFile> files = new ArrayList<>(one.manifest().files());
        for (int i = 0; i < sizes.length; i++) {
            files.add(new ArtifactFile("file" + i, DIGEST, sizes[i]));
        }
        ModelManifest manifest = one.manifest();
        return new ModelArtifact(
                new ModelManifest(
                        manifest.ref(),
                        manifest.format(),
                        manifest.description(),
                        files,
                        manifest.signature(),
                        manifest.session(),
                        manifest.golden(),
                        manifest.lineage()),
                one.directory(),
                one.digest());
    }

    private void assertRefused(ModelArtifact artifact, String message) {
        assertThatThrownBy(() -> inspection.admit(artifact))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessageContaining(message);
    }

    @Test
    void shouldAdmitAPlainFile() {
        assertThatCode(() -> inspection.admit(artifact())).doesNotThrowAnyException();
    }

    @Test
    void shouldAdmitAVersionBehindALinkHigherUp() throws IOException {
        ModelArtifact artifact = artifact();
        Path link = Files.createSymbolicLink(directory.resolve("mounted"), artifact.directory());

        assertThatCode(() -> inspection.admit(new ModelArtifact(artifact.manifest(), link, artifact.digest())))
                .doesNotThrowAnyException();
    }

    @Test
    void shouldRefuseTooManyFiles() {
        assertRefused(artifact(1, 1, 1), "the version has 4 files, but may have 3 (weir.load.max-files)");
    }

    @Test
    void shouldRefuseAFileThatIsTooLarge() {
        assertRefused(artifact(101), "file 'file0' has 101 bytes, but may have 100 (weir.load.max-file-bytes)");
    }

    @Test
    void shouldRefuseFilesThatAreTooLargeTogether() {
        FileInspection one = new FileInspection(9, Long.MAX_VALUE, 100);

        assertThatThrownBy(() -> one.admit(artifact(45, 46)))
                .hasMessage("the version's files have more than 100 bytes (weir.load.max-bytes)");
        assertThatThrownBy(() -> one.admit(artifact(Long.MAX_VALUE, Long.MAX_VALUE)))
                .hasMessage("the version's files have more than 100 bytes (weir.load.max-bytes)");
    }

    @Test
    void shouldRefuseAMissingFile() {
        assertRefused(artifact(1), "file 'file0' is missing or no regular file");
    }

    @Test
    void shouldRefuseAFileOfAnotherSizeBeforeItIsRead() throws IOException {
        ModelArtifact artifact = artifact();
        Files.write(artifact.model(), new byte[11]);

        assertRefused(artifact, "file 'model.onnx' has 11 bytes, but the manifest says 10");
    }

    @Test
    void shouldRefuseALink() throws IOException {
        ModelArtifact artifact = artifact();
        Path elsewhere = Files.move(artifact.model(), directory.resolve("elsewhere"));
        Files.createSymbolicLink(artifact.model(), elsewhere);

        assertRefused(artifact, "file 'model.onnx' is or lies behind a link");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void shouldRefuseAHardLink() throws IOException {
        ModelArtifact artifact = artifact();
        Files.createLink(directory.resolve("elsewhere"), artifact.model());

        assertRefused(artifact, "file 'model.onnx' has 2 names (hard links)");
    }

    @Test
    void shouldRefuseADirectory() throws IOException {
        ModelArtifact artifact = artifact();
        Files.delete(artifact.model());
        Files.createDirectory(artifact.model());

        assertRefused(artifact, "file 'model.onnx' is missing or no regular file");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void shouldRefuseAPipeWithoutWaitingForIt() throws Exception {
        ModelArtifact artifact = artifact();
        Files.delete(artifact.model());
        new ProcessBuilder("mkfifo", artifact.model().toString()).start().waitFor();

        assertRefused(artifact, "file 'model.onnx' is missing or no regular file");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/etc/passwd", "../model.onnx", "a/../../b", "a//b", "./a", "a\\b", ".hidden", "a/.b", "C:x", ""
            })
    void shouldKnowNoPathThatLeadsElsewhere(String path) {
        assertThatIllegalArgumentException().isThrownBy(() -> new ArtifactFile(path, DIGEST, 1));
    }
}
