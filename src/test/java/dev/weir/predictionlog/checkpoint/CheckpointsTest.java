package dev.weir.predictionlog.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weir.fixture.ManualTicker;
import dev.weir.fixture.Patience;
import dev.weir.keyring.KeyKind;
import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.local.ChainHead;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointsTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    @TempDir
    Path directory;

    private final ManualTicker ticker = new ManualTicker();
    private final Place place = new Place(new CountDownLatch(0));
    private final CountDownLatch hang = new CountDownLatch(1);
    private final Place hanging = new Place(hang);
    private Keyring keyring;
    private Checkpoints checkpoints;
    private @Nullable ChainHead head;

    /** Keeps them, unless it is down. */
    private static final class Place implements CheckpointSink {
        private final List<SignedCheckpoint> kept = new CopyOnWriteArrayList<>();
        private final CountDownLatch hangs;
        private volatile boolean down;

        Place(CountDownLatch hangs) {
            this.hangs = hangs;
        }

        private List<String> heads() {
            return kept.stream().map(SignedCheckpoint::head).toList();
        }

        @Override
        public String name() {
            return "elsewhere";
        }

        @Override
        public void keep(SignedCheckpoint checkpoint) throws IOException {
            try {
                hangs.await();
            } catch (InterruptedException e) {
                throw new InterruptedIOException("given up");
            }
            if (down) {
                throw new IOException("down");
            }
            kept.add(checkpoint);
        }
    }

    @BeforeEach
    void make() {
        keyring = new Keyring(directory.resolve("keys"), true);
        checkpoints = new Checkpoints(
                () -> head,
                file(),
                keyring,
                Duration.ofMinutes(5),
                List.of(hanging, place),
                InstantSource.fixed(NOON),
                ticker);
        checkpoints.start();
    }

    @AfterEach
    void release() {
        hang.countDown();
        checkpoints.stop(Patience.LIMIT);
    }

    private Path file() {
        return directory.resolve("checkpoints.ndjson");
    }

    private static ChainHead head(long segment, long seq) {
        return new ChainHead("replica-a", new Position(1, segment, seq), "sha256:" + seq);
    }

    private List<SignedCheckpoint> written() throws IOException {
        return Files.exists(file()) ? CheckpointFile.read(file()).checkpoints() : List.of();
    }

    private void look(ChainHead now) {
        head = now;
        checkpoints.look(false);
    }

    @Test
    void signsHowFarTheLogWentOnceItIsTime() throws IOException {
        look(head(1, 7));
        assertThat(written()).isEmpty();

        ticker.advance(Duration.ofMinutes(5));
        look(head(1, 9));

        assertThat(written()).hasSize(1).allSatisfy(each -> {
            assertThat(each.replica()).isEqualTo("replica-a");
            assertThat(each.position()).isEqualTo(new Position(1, 1, 9));
            assertThat(each.head()).isEqualTo("sha256:9");
            assertThat(each.at()).isEqualTo(NOON);
            assertThat(each.isGenuine(keyring::verify)).isTrue();
        });
        await().untilAsserted(() -> assertThat(place.heads()).containsExactly("sha256:9"));
    }

    @Test
    void signsTheEndOfASegmentAtOnce() throws IOException {
        ticker.advance(Duration.ofMinutes(5));
        look(head(1, 7));

        look(head(2, 8));

        assertThat(written()).hasSize(2);
    }

    @Test
    void signsTheEndOfTheLogAtOnce() throws IOException {
        head = head(1, 7);
        checkpoints.look(true);

        assertThat(written()).hasSize(1);
    }

    @Test
    void saysNothingTwice() throws IOException {
        head = head(1, 7);
        checkpoints.look(true);
        ticker.advance(Duration.ofMinutes(5));
        checkpoints.look(true);

        assertThat(written()).hasSize(1);
    }

    @Test
    void saysNothingOfALogInWhichNothingIsWritten() throws IOException {
        head = head(1, 0);
        checkpoints.look(true);
        head = null;
        checkpoints.look(true);

        assertThat(written()).isEmpty();
    }

    @Test
    void handsOverLaterWhatASinkDidNotTake() {
        place.down = true;
        head = head(1, 7);
        checkpoints.look(true);
        head = head(1, 8);
        checkpoints.look(true);
        assertThat(place.kept).isEmpty();

        place.down = false;
        checkpoints.look(false);

        await().untilAsserted(() -> assertThat(place.heads()).containsExactly("sha256:7", "sha256:8"));
    }

    @Test
    void shouldSignTheEndThoughASinkHangs() throws IOException {
        head = head(1, 7);
        checkpoints.look(true);
        head = head(1, 8);

        checkpoints.stop(Duration.ofMillis(50));

        assertThat(written()).extracting(SignedCheckpoint::head).containsExactly("sha256:7", "sha256:8");
        assertThat(hanging.kept).isEmpty();
    }

    @Test
    void shouldHandOverAtTheEndWhatASinkCanTake() {
        hang.countDown();
        head = head(1, 7);

        checkpoints.stop(Patience.LIMIT);

        assertThat(place.heads()).containsExactly("sha256:7");
        assertThat(hanging.heads()).containsExactly("sha256:7");
    }

    @Test
    void readsOnAfterALineThatWasNotFinished() throws IOException {
        head = head(1, 7);
        checkpoints.look(true);
        Files.writeString(file(), "{\"format\":\"weir", StandardOpenOption.APPEND);
        head = head(1, 8);
        checkpoints.look(true);

        CheckpointFile.Contents contents = CheckpointFile.read(file());
        assertThat(contents.checkpoints()).extracting(SignedCheckpoint::head).containsExactly("sha256:7", "sha256:8");
        assertThat(contents.unreadable()).isEqualTo(1);
    }

    @Test
    void knowsAnEditedCheckpoint() throws IOException {
        SignedCheckpoint genuine = SignedCheckpoint.of(head(1, 7), NOON, keyring);
        String line = genuine.toLine();

        assertThat(SignedCheckpoint.ofLine(line).isGenuine(keyring::verify)).isTrue();
        for (String edited : List.of(
                line.replace("\"seq\":7", "\"seq\":8"),
                line.replace("sha256:7", "sha256:8"),
                line.replace("replica-a", "replica-b"),
                line.replace("2026-01-01T12", "2026-01-01T13"),
                line.replace("\"incarnation\":1", "\"incarnation\":2"),
                line.replace("\"segment\":1", "\"segment\":2"))) {
            assertThat(edited).isNotEqualTo(line);
            assertThat(SignedCheckpoint.ofLine(edited).isGenuine(keyring::verify))
                    .as(edited)
                    .isFalse();
        }
    }

    @Test
    void isCheckedWithPublicKeysAloneAfterARotation() {
        SignedCheckpoint old = SignedCheckpoint.of(head(1, 7), NOON, keyring);
        Keyring.rotate(directory.resolve("keys"), KeyKind.SIGNING);

        assertThat(old.isGenuine(Keyring.verifier(directory.resolve("keys")))).isTrue();
        assertThat(old.isGenuine(Keyring.verifier(directory.resolve("none")))).isFalse();
    }

    @Test
    void refusesALineThatIsNone() {
        for (String line : List.of("", "{}", "[]", "null", "{\"format\":\"weir-log-checkpoint-2\"}", "hello")) {
            assertThatThrownBy(() -> SignedCheckpoint.ofLine(line)).as(line).isInstanceOf(IOException.class);
        }
    }
}
