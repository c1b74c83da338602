package dev.weir.predictionlog.sink.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.fixture.Records;
import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.checkpoint.SignedCheckpoint;
import dev.weir.predictionlog.local.ChainHead;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints in a real database. */
class PostgresCheckpointsTest {

    @TempDir
    Path keys;

    private final PostgresPlace place = PostgresPlace.fresh();

    private SignedCheckpoint checkpoint(long seq) {
        return SignedCheckpoint.of(
                new ChainHead("replica-1", new Position(1, 1, seq), "sha256:" + seq),
                Records.NOON,
                new Keyring(keys, true));
    }

    @Test
    void shouldKeepEachOnceAsALineThatCanBeVerified() throws Exception {
        place.sink().open("replica-1");
        SignedCheckpoint checkpoint = checkpoint(7);

        PostgresSinks.keep(place.access(), checkpoint);
        PostgresSinks.keep(place.access(), checkpoint);
        PostgresSinks.keep(place.access(), checkpoint(8));

        assertThat(place.select("SELECT count(*) FROM log_checkpoint")).isEqualTo("2");
        String line = String.valueOf(place.select("SELECT line FROM log_checkpoint WHERE seq = 7"));
        assertThat(SignedCheckpoint.ofLine(line).isGenuine(Keyring.verifier(keys)))
                .isTrue();
    }

    @Test
    void shouldSayThatItIsTooEarlyForTables() {
        assertThatThrownBy(() -> PostgresSinks.keep(place.access(), checkpoint(7)))
                .isInstanceOf(IOException.class);
    }
}
