package dev.weir.predictionlog.sink.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.Records;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.RecordContext;
import dev.weir.predictionlog.RetentionHold;
import dev.weir.predictionlog.StoredEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is deleted from the database, and when. Records of class {@code short} are the canary's. */
class PostgresRetentionTest {

    private static final Map<String, Duration> CLASSES =
            Map.of("default", Duration.ofDays(30), "short", Duration.ofDays(7));

    private final PostgresPlace place = PostgresPlace.fresh();

    private void write(Instant... times) throws Exception {
        try (PostgresSink sink = place.sink()) {
            sink.write(entries(sink.open("replica-1"), times));
        }
    }

    private static List<StoredEntry> entries(Position after, Instant... times) {
        List<StoredEntry> entries = new ArrayList<>();
        long seq = after.seq();
        for (Instant time : times) {
            for (RecordContext context : List.of(Records.IRIS, Records.IRIS_CANARY)) {
                PredictionRecord record =
                        Records.draft((int) ++seq).started(time).of(context).build();
                entries.add(new StoredEntry("replica-1", new Position(1, 1, seq), true, record));
            }
        }
        return entries;
    }

    private void retain(Instant now) throws Exception {
        retain(now, RetentionHold.NONE);
    }

    private void retain(Instant now, RetentionHold hold) throws Exception {
        try (PostgresSink sink = place.holding(hold).at(() -> now).sink(PostgresPlace.CLEAR, CLASSES)) {
            sink.open("replica-1");
            sink.idle(false);
        }
    }

    private String left() throws Exception {
        return String.valueOf(place.select(
                "SELECT string_agg(to_char(at, 'MM-DD') || ' ' || variant, ',' ORDER BY at," + " variant) FROM entry"));
    }

    private String days() throws Exception {
        return String.valueOf(place.select("SELECT string_agg(inhrelid::regclass::text, ',' ORDER BY 1) FROM"
                + " pg_inherits WHERE inhparent = 'entry'::regclass AND inhrelid::regclass::text < 'entry_20260102'"));
    }

    @Test
    void shouldKeepWhatMayBeKept() throws Exception {
        write(Records.NOON, Records.NOON.minus(Duration.ofDays(6)));

        retain(Records.NOON);

        assertThat(left()).isEqualTo("12-27 canary,12-27 champion,01-02 canary,01-02 champion");
    }

    @Test
    void shouldDeleteRecordsOfAClassThatIsOver() throws Exception {
        write(Records.NOON, Records.NOON.minus(Duration.ofDays(7)).minusSeconds(1));

        retain(Records.NOON);

        assertThat(left()).isEqualTo("12-26 champion,01-02 canary,01-02 champion");
    }

    @Test
    void shouldDeleteWhatArrivesLateOfADayItHasCleaned() throws Exception {
        Instant late = Records.NOON.minus(Duration.ofDays(9));
        Instant[] now = {Records.NOON};
        try (PostgresSink sink = place.at(() -> now[0]).sink(PostgresPlace.CLEAR, CLASSES)) {
            Position first = sink.write(entries(sink.open("replica-1"), late));
            assertThat(left()).isEqualTo("12-24 champion");

            sink.write(entries(first, late));
            now[0] = Records.NOON.plus(Duration.ofHours(1));
            sink.idle(false);
        }

        assertThat(left()).isEqualTo("12-24 champion,12-24 champion");
    }

    @Test
    void shouldDropADayWhoseEveryClassIsOver() throws Exception {
        write(Records.NOON, Records.NOON.minus(Duration.ofDays(31)));
        assertThat(days()).isEqualTo("entry_20251202");

        retain(Records.NOON);

        assertThat(days()).isEqualTo("null");
        assertThat(left()).isEqualTo("01-02 canary,01-02 champion");
    }

    @Test
    void shouldTakeADayAgainThatWasDropped() throws Exception {
        write(Records.NOON.minus(Duration.ofDays(31)));
        retain(Records.NOON);

        write(Records.NOON.minus(Duration.ofDays(31)));

        assertThat(left()).isEqualTo("12-02 canary,12-02 champion");
    }

    @Test
    void shouldLeaveADayThatAHoldTouches() throws Exception {
        Instant old = Records.NOON.minus(Duration.ofDays(31));
        Instant older = Records.NOON.minus(Duration.ofDays(33));
        write(old, older);

        retain(Records.NOON, (from, to) -> !old.isBefore(from) && !old.isAfter(to));

        assertThat(left()).isEqualTo("12-02 canary,12-02 champion");
    }

    @Test
    void shouldDeleteNothingWhileItIsNotKnownWhatIsHeld() throws Exception {
        write(Records.NOON.minus(Duration.ofDays(31)));

        retain(Records.NOON, (from, to) -> {
            throw new IllegalStateException("the state database can't be read");
        });

        assertThat(left()).isEqualTo("12-02 canary,12-02 champion");
    }
}
