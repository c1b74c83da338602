package dev.weir.predictionlog.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.predictionlog.PredictionLog.Room;
import dev.weir.predictionlog.PredictionLog.Waiting;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogBufferTest {

    private int calls;
    private final LogBuffer buffer = new LogBuffer(100, () -> calls++);
    private final List<String> served = new ArrayList<>();
    private final List<Room> rooms = new ArrayList<>();

    private Room take(long bytes) {
        Room room = buffer.reserve(bytes);
        assertThat(room).isNotNull();
        return room;
    }

    private Waiting waitFor(String name, long bytes) {
        return buffer.reserveLater(bytes, room -> {
            served.add(name);
            rooms.add(room);
        });
    }

    @Test
    void shouldHaveNoRoomBeyondItsCapacity() {
        take(60);

        assertThat(buffer.reserve(41)).isNull();
        assertThat(buffer.reserve(40)).isNotNull();
    }

    @Test
    void shouldTakeRoomBackOnceHoweverOftenItIsGiven() {
        Room room = take(60);
        take(20);

        room.release();
        room.release();

        assertThat(buffer.used()).isEqualTo(20);
    }

    @Test
    void shouldChangeNothingWhenThereIsNoMore() {
        Room room = take(60);
        take(30);

        assertThat(room.extend(11)).isFalse();
        assertThat(room.extend(10)).isTrue();
        assertThat(buffer.used()).isEqualTo(100);
    }

    @Test
    void shouldGiveAllOfItToWhatIsLarger() {
        Room room = take(1_000);

        assertThat(buffer.used()).isEqualTo(100);
        assertThat(room.extend(1_000)).isTrue();
        room.release();
        assertThat(buffer.used()).isZero();
    }

    @Test
    void shouldTakeNothingBackFromAnOwnerWhoHandedItOver() {
        Room room = take(60);

        long bytes = LogBuffer.handOver(room);
        room.release();

        assertThat(bytes).isEqualTo(60);
        assertThat(buffer.used()).isEqualTo(60);
    }

    @Test
    void shouldServeInTurn() {
        Room room = take(100);
        waitFor("large", 90);
        waitFor("small", 5);

        room.release();
        buffer.serve();

        assertThat(served).containsExactly("large", "small");
        assertThat(buffer.used()).isEqualTo(95);
    }

    @Test
    void shouldLetNobodyOvertakeWhoWaits() {
        Room room = take(50);
        waitFor("first", 90);

        assertThat(buffer.reserve(1)).isNull();
        assertThat(room.extend(1)).isFalse();
        buffer.serve();
        assertThat(served).isEmpty();
    }

    @Test
    void shouldNotServeWhoWentAway() {
        Room room = take(100);
        Waiting gone = waitFor("gone", 50);
        waitFor("there", 60);

        assertThat(gone.cancel()).isTrue();
        room.release();
        buffer.serve();

        assertThat(served).containsExactly("there");
    }

    @Test
    void shouldSayThatItIsTooLateToGoAway() {
        Waiting served = waitFor("served", 10);

        buffer.serve();

        assertThat(served.cancel()).isFalse();
    }

    @Test
    void shouldAskToBeCalledWhenThereIsRoomForSomebody() {
        Room room = take(100);
        waitFor("one", 10);
        int before = calls;

        room.release();

        assertThat(calls).isGreaterThan(before);
    }

    @Test
    void shouldLoseNoRoomWhenSomebodyCanNotGoOn() {
        buffer.reserveLater(10, room -> {
            throw new IllegalStateException("gone");
        });

        buffer.serve();

        assertThat(buffer.used()).isZero();
    }

    @Test
    void shouldGiveNothingOnceItIsClosed() {
        buffer.close();
        waitFor("late", 10);
        buffer.serve();

        assertThat(buffer.reserve(1)).isNull();
        assertThat(served).isEmpty();
    }
}
