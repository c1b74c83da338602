package dev.weir.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.LogLines;
import dev.weir.inference.VersionRef;
import dev.weir.registry.AliasMove;
import dev.weir.servable.MemoryGuard;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What happens to versions that are kept for a return when a wanted one lacks the room. Every version has one byte. */
class RoomForTheWantedTest extends SnapshotLoaderFixture {

    private void room(int versions) {
        guards = List.of(new MemoryGuard(versions, 0, 1, OptionalLong::empty));
    }

    private void move(@Nullable String from, String to) {
        source.moveAlias("iris", new AliasMove("champion", from, to, "ada", NOW, "because"));
    }

    private @Nullable String serving() {
        VersionRef ref = deployment("flowers").serving();
        return ref == null ? null : ref.version();
    }

    private @Nullable String previous() {
        VersionRef ref = deployment("flowers").previous();
        return ref == null ? null : ref.version();
    }

    /** Serves version 2, and keeps 1. */
    private SnapshotLoader serveTwoAfterOne() throws IOException {
        register("iris", "1");
        register("iris", "2");
        register("iris", "3");
        move(null, "1");
        deploy("flowers", "model: iris, version: '@champion'");
        SnapshotLoader loader = start();
        move("1", "2");
        loader.refresh(false);
        return loader;
    }

    @Test
    void shouldKeepTheFormerPrimaryAsLongAsThereIsRoom() throws IOException {
        room(3);
        SnapshotLoader loader = serveTwoAfterOne();
        move("2", "3");

        loader.refresh(false);

        assertThat(serving()).isEqualTo("3");
        assertThat(previous()).isEqualTo("2");
    }

    @Test
    void shouldGiveTheFormerPrimaryUpForTheWantedVersion() throws IOException {
        room(2);
        SnapshotLoader loader = serveTwoAfterOne();
        move("2", "3");

        loader.refresh(false);

        assertThat(serving()).isEqualTo("3");
        assertThat(previous()).isEqualTo("2");
        assertThat(models.get(new VersionRef("iris", "1")).closes()).isOne();
    }

    @Test
    void shouldSayWhatItGaveUp() throws IOException {
        room(2);
        SnapshotLoader loader = serveTwoAfterOne();
        move("2", "3");
        try (LogLines lines = LogLines.of(SnapshotLog.class)) {
            loader.refresh(false);

            assertThat(lines.lines())
                    .extracting(line -> line.getMessage())
                    .containsOnlyOnce("former version is kept no longer, for lack of memory");
        }
    }

    @Test
    void shouldNeverGiveUpWhatServes() throws IOException {
        room(1);
        register("iris", "1");
        register("iris", "2");
        move(null, "1");
        deploy("flowers", "model: iris, version: '@champion'");
        SnapshotLoader loader = start();
        move("1", "2");

        loader.refresh(false);

        assertThat(serving()).isEqualTo("1");
        assertThat(deployment("flowers").problem()).contains("2 is not loaded");
    }

    @Test
    void shouldGiveNothingUpForWhatCanNeverFit() throws IOException {
        room(2);
        SnapshotLoader loader = serveTwoAfterOne();
        registerLarge("iris", "4", 3);
        move("2", "4");

        loader.refresh(false);

        assertThat(serving()).isEqualTo("2");
        assertThat(previous()).isEqualTo("1");
    }
}
