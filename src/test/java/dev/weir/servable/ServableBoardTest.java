package dev.weir.servable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.States;
import dev.weir.inference.VersionRef;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ServableBoardTest {

    private static final VersionRef REF = new VersionRef("iris", "1");
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    private final ServableBoard board = new ServableBoard();

    static ServableState[] inMemory() {
        return new ServableState[] {
            new ServableState.Loading(NOW), States.available(NOW), new ServableState.Draining(NOW)
        };
    }

    static ServableState[] over() {
        return new ServableState[] {new ServableState.Unloaded(NOW), States.failed(NOW, "no model")};
    }

    @ParameterizedTest
    @MethodSource("over")
    void shouldForgetWhatIsNotLoadedAndOfNoInterest(ServableState state) {
        board.set(REF, state);

        board.keep(ref -> false);

        assertThat(board.all()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("over")
    void shouldKeepWhatIsOfInterest(ServableState state) {
        board.set(REF, state);

        board.keep(REF::equals);

        assertThat(board.get(REF)).isEqualTo(state);
    }

    @ParameterizedTest
    @MethodSource("inMemory")
    void shouldKeepWhatHoldsMemory(ServableState state) {
        board.set(REF, state);

        board.keep(ref -> false);

        assertThat(board.get(REF)).isEqualTo(state);
    }
}
