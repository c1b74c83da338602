package dev.weir.servable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ArtifactRejected;
import dev.weir.fixture.FakeFormat;
import dev.weir.inference.VersionRef;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

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

    @Test
    void shouldKnowAnUndescribedVersionByItsFiles() {
        ArtifactFile other = new ArtifactFile("model.fake", "1".repeat(64), 3);

        assertThat(ModelDescriber.undescribed(REF, "fake", Path.of("nowhere"), FILES)
                        .digest())
                .isNotEqualTo(ModelDescriber.undescribed(REF, "fake", Path.of("nowhere"), List.of(other))
                        .digest());
    }
}
