package dev.weir.servable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.failure.ArtifactRejected;
import dev.weir.fixture.Artifacts;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryGuardTest {

    @TempDir
    Path directory;

    private OptionalLong free = OptionalLong.of(1_000);

    private MemoryGuard guard(long maxLoaded, long headroom) {
        return new MemoryGuard(maxLoaded, headroom, 3, () -> free);
    }

    private ModelArtifact artifact(int bytes) {
        return Artifacts.in(directory).holding(new byte[bytes]);
    }

    @Test
    void shouldAdmitWhatFits() {
        assertThatCode(() -> guard(0, 100).admit(artifact(300))).doesNotThrowAnyException();
    }

    @Test
    void shouldRefuseForNowWhatDoesNotFit() {
        ArtifactRejected refusal =
                catchThrowableOfType(ArtifactRejected.class, () -> guard(0, 100).admit(artifact(301)));

        assertThat(refusal)
                .hasMessage("not enough memory: the load is expected to take 903 bytes, and 1000 are left, of which 100"
                        + " must stay free (weir.load.memory-headroom)");
        assertThat(refusal.isLasting()).isFalse();
    }

    @Test
    void shouldSetAsideWhatLoadsAtTheSameTime() {
        MemoryGuard guard = guard(0, 100);
        LoadGuard.Permit first = guard.admit(artifact(200));

        assertThatThrownBy(() -> guard.admit(artifact(200))).hasMessageContaining("and 400 are left");
        first.loaded();
        assertThatCode(() -> guard.admit(artifact(200))).doesNotThrowAnyException();
    }

    @Test
    void shouldGiveBackWhatAFailedLoadSetAside() {
        MemoryGuard guard = guard(0, 100);
        guard.admit(artifact(300)).gone();

        assertThatCode(() -> guard.admit(artifact(300))).doesNotThrowAnyException();
    }

    @Test
    void shouldAdmitWhereTheSystemDoesNotTell() {
        free = OptionalLong.empty();

        assertThatCode(() -> guard(0, 100).admit(artifact(1_000_000))).doesNotThrowAnyException();
    }

    @Test
    void shouldRefuseForNowWhatDoesNotFitBesideTheLoaded() {
        MemoryGuard guard = guard(100, 0);
        guard.admit(artifact(60)).loaded();

        ArtifactRejected refusal = catchThrowableOfType(ArtifactRejected.class, () -> guard.admit(artifact(41)));

        assertThat(refusal)
                .hasMessage("the version's 41 bytes do not fit beside the 60 that are loaded; all together may have 100"
                        + " (weir.load.max-loaded-bytes)");
        assertThat(refusal.isLasting()).isFalse();
    }

    @Test
    void shouldMakeRoomWhenAVersionLeaves() {
        MemoryGuard guard = guard(100, 0);
        LoadGuard.Permit first = guard.admit(artifact(60));
        first.loaded();
        first.gone();

        assertThatCode(() -> guard.admit(artifact(100))).doesNotThrowAnyException();
    }
}
