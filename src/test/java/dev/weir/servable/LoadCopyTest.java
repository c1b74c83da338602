package dev.weir.servable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ArtifactRejected;
import dev.weir.fixture.Artifacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadCopyTest {

    @TempDir
    private Path directory;

    private ModelArtifact shared() {
        return Artifacts.in(directory.resolve("registry")).holding("linear").inSharedDirectory();
    }

    @Test
    void shouldReadFilesOfTheProcessItselfWhereTheyLie() {
        ModelArtifact own = Artifacts.in(directory).holding("linear");

        try (LoadCopy copy = LoadCopy.of(own)) {
            assertThat(copy.artifact()).isSameAs(own);
        }

        assertThat(own.model()).exists();
    }

    @Test
    void shouldNotMindWhatIsWrittenOverASharedFileLater() throws IOException {
        ModelArtifact shared = shared();

        try (LoadCopy copy = LoadCopy.of(shared)) {
            Files.write(shared.model(), new byte[] {1, 2, 3});

            assertThat(copy.artifact().model()).hasBinaryContent(Artifacts.resource("linear"));
            ArtifactDigests.verify(copy.artifact());
        }
    }

    @Test
    void shouldLeaveNothingBehind() {
        ModelArtifact shared = shared();
        Path place;
        try (LoadCopy copy = LoadCopy.of(shared)) {
            place = copy.artifact().directory();
        }

        assertThat(place).doesNotExist();
        assertThat(shared.model()).exists();
    }

    @Test
    void shouldRefuseAFileThatIsALink() throws IOException {
        ModelArtifact shared = shared();
        Path real = Files.move(shared.model(), directory.resolve("elsewhere"));
        Files.createSymbolicLink(shared.model(), real);

        assertThatThrownBy(() -> LoadCopy.of(shared))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessageContaining("is or lies behind a link");
    }

    @Test
    void shouldRemoveWhatAKilledProcessLeftAndNothingElse() throws IOException {
        Path left = Files.createDirectories(directory.resolve("weir-load-999999999-1/deep"));
        Files.writeString(left.resolve("model.onnx"), "x");
        Path ofALivingOne = Files.createDirectory(directory.resolve(
                "weir-load-" + ProcessHandle.current().parent().orElseThrow().pid() + "-1"));
        Path other = Files.createDirectory(directory.resolve("weir-load-mine"));

        LoadCopy.sweep(directory);

        assertThat(left).doesNotExist();
        assertThat(left.getParent()).doesNotExist();
        assertThat(ofALivingOne).exists();
        assertThat(other).exists();
    }

    @Test
    void shouldGoOnWithoutADirectoryForTemporaryFiles() {
        assertThatCode(() -> LoadCopy.sweep(directory.resolve("none"))).doesNotThrowAnyException();
    }
}
