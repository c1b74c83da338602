package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class MlflowAliasesTest {

    private static AliasMove move(String reason) {
        return new AliasMove("champion", "1", "2", "ada", Instant.EPOCH, reason);
    }

    @Test
    void shouldKeepAsManyMovesAsATagTakesTheNewestFirst() {
        List<AliasMove> moves = new ArrayList<>(Collections.nCopies(999, move("x".repeat(500))));
        moves.addFirst(move("the newest"));

        assertThat(MlflowAliases.bounded(moves)).hasSizeBetween(80_000, 95_000).contains("the newest");
    }
}
