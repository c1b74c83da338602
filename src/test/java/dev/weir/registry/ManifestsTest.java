package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ArtifactRejected;
import dev.weir.fixture.Artifacts;
import dev.weir.fixture.MapModelSource;
import dev.weir.inference.VersionRef;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestsTest {

    private static final VersionRef REF = new VersionRef("iris", "1");

    @TempDir
    Path directory;

    private final MapModelSource source = new MapModelSource();
    private final Manifests manifests = new Manifests(source);

    private void putGood() {
        source.put(Artifacts.in(directory).version("iris", "1").holding(new byte[] {1}));
    }

    private void assertRefused(String why) {
        assertThatThrownBy(() -> manifests.read(REF, source.list()))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage(why);
    }

    @Test
    void shouldReadAVersionOnce() {
        putGood();

        assertThat(manifests.read(REF, source.list())).isEqualTo(manifests.read(REF, source.list()));
        assertThat(source.reads()).isOne();
    }

    @Test
    void shouldReadOnceWhatItsFilesAreToBlameFor() {
        source.put(REF, () -> {
            throw new ArtifactRejected("no manifest");
        });

        assertRefused("no manifest");
        assertRefused("no manifest");
        assertThat(source.reads()).isOne();
    }

    @Test
    void shouldReadAgainWhatItsFilesAreNotToBlameFor() {
        source.put(REF, () -> {
            throw ArtifactRejected.forNow("the model file can't be read", new IOException("Input/output error"));
        });
        assertRefused("the model file can't be read");

        putGood();

        assertThat(manifests.read(REF, source.list()).fields()).containsKey("bytes");
    }
}
