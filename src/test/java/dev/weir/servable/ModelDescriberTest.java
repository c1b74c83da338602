package dev.weir.servable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ArtifactRejected;
import dev.weir.fixture.FakeFormat;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.VersionRef;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelDescriberTest {

    private static final VersionRef REF = new VersionRef("iris", "1");
    private static final List<ArtifactFile> FILES = List.of(new ArtifactFile("model.fake", "0".repeat(64), 3));

    private final AtomicInteger gone = new AtomicInteger();

    private ModelDescriber guardedBy(LoadGuard guard) {
        return new ModelDescriber(List.of(new FakeFormat()), List.of(guard));
    }

    @Test
    void shouldNotReadWhatAGuardRefuses() {
        ModelDescriber describer = guardedBy(artifact -> {
            throw new ArtifactRejected("quarantined");
        });

        assertThatThrownBy(() -> describer.describe(new FakeFormat(), REF, Path.of("nowhere"), FILES))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("quarantined");
    }

    @Test
    void shouldTellGuardsWhenTheFileWasRead() {
        ModelDescriber describer = guardedBy(artifact -> gone::incrementAndGet);

        assertThat(describer.describe(new FakeFormat(), REF, Path.of("nowhere"), FILES))
                .isEqualTo(FakeFormat.DESCRIBED);
        assertThat(gone).hasValue(1);
    }

    /** Notes where it is shown files. */
    private static final class Watched implements ModelFormat {
        private @Nullable Path shown;

        @Override
        public String name() {
            return "fake";
        }

        @Override
        public LoadedModel load(ModelArtifact artifact) {
            throw new ArtifactRejected("nothing is loaded here");
        }

        @Override
        public ModelSignature describe(Path directory, List<ArtifactFile> files) {
            assertThat(directory.resolve("model.fake")).hasContent("abc");
            shown = directory;
            return FakeFormat.DESCRIBED;
        }
    }

    private static ModelArtifact shared(Path directory, String content) throws IOException {
        Files.writeString(directory.resolve("model.fake"), content);
        String digest = ArtifactDigests.sha256("abc".getBytes(StandardCharsets.US_ASCII));
        return ModelDescriber.undescribed(REF, "fake", directory, List.of(new ArtifactFile("model.fake", digest, 3)))
                .inSharedDirectory();
    }

    @Test
    void shouldShowARuntimeACopyOfFilesThatOthersMayWriteTo(@TempDir Path directory) throws IOException {
        Watched format = new Watched();

        ModelSignature described = new ModelDescriber(format).describe(format, shared(directory, "abc"));

        assertThat(described).isEqualTo(FakeFormat.DESCRIBED);
        assertThat(format.shown).isNotNull().isNotEqualTo(directory).doesNotExist();
    }

    @Test
    void shouldNotShowARuntimeFilesThatChangedSinceTheirDigestsWereTaken(@TempDir Path directory) throws IOException {
        Watched format = new Watched();
        ModelArtifact changed = shared(directory, "abd");

        assertThatThrownBy(() -> new ModelDescriber(format).describe(format, changed))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("file 'model.fake' does not have the SHA-256 that the manifest lists");
        assertThat(format.shown).isNull();
    }

    @Test
    void shouldKnowAnUndescribedVersionByItsFiles() {
        ArtifactFile other = new ArtifactFile("model.fake", "1".repeat(64), 3);

        assertThat(ModelDescriber.undescribed(REF, "fake", Path.of("nowhere"), FILES)
                        .digest())
                .isNotEqualTo(ModelDescriber.undescribed(REF, "fake", Path.of("nowhere"), List.of(other))
                        .digest());
    }
}
