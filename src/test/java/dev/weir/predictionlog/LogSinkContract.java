package dev.weir.predictionlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.weir.fixture.Records;
import dev.weir.fixture.Tensors;
import dev.weir.inference.PredictionId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every {@link LogSink} keeps to. Each test has a place of its own, which sinks are opened on one after the other. */
public abstract class LogSinkContract {

    private static final String REPLICA = "replica-1";

    private final List<LogSink> opened = new ArrayList<>();

    /** Returns a sink of the place under test, as a new process makes one. */
    protected abstract LogSink sink();

    /**
     * Returns what can be found in the place, in order: the id of each record, and null for each gap.
     *
     * @param replica the replica whose entries they are
     */
    protected abstract List<@Nullable PredictionId> found(String replica) throws Exception;

    /** Whether an entry is there once, however often forwarding began again. */
    protected abstract boolean isExactlyOnce();

    /** Makes the place one that can't be written to until {@link #repair}. */
    protected abstract void breakDown() throws Exception;

    /** Makes the place as it was before {@link #breakDown}. */
    protected abstract void repair() throws Exception;

    /** Whether a place is written by one process at a time, whatever the replica. */
    protected boolean isOneAtATime() {
        return false;
    }

    /** Returns an entry that the place takes at no time, or null when it takes all. */
    protected @Nullable LogEntry unacceptable() {
        return null;
    }

    @AfterEach
    void closeAll() {
        opened.forEach(LogSink::close);
    }

    private LogSink open() {
        LogSink sink = sink();
        opened.add(sink);
        return sink;
    }

    protected static List<StoredEntry> stored(
            String replica, long incarnation, long firstSeq, List<? extends LogEntry> of) {
        return IntStream.range(0, of.size())
                .mapToObj(i -> new StoredEntry(replica, new Position(incarnation, 1, firstSeq + i), true, of.get(i)))
                .toList();
    }

    private static List<StoredEntry> entries(int from, int to) {
        return stored(
                REPLICA,
                1,
                from,
                IntStream.range(from, to).mapToObj(Records::record).toList());
    }

    private static List<@Nullable PredictionId> ids(List<StoredEntry> entries) {
        List<@Nullable PredictionId> ids = new ArrayList<>();
        for (StoredEntry entry : entries) {
            ids.add(entry.entry() instanceof PredictionRecord record ? record.id() : null);
        }
        return ids;
    }

    private static void end(LogSink sink) throws IOException {
        sink.idle(true);
        sink.close();
    }

    @Test
    void shouldKeepEntriesInTheirOrder() throws Exception {
        LogSink sink = open();
        sink.open(REPLICA);
        List<StoredEntry> entries = entries(1, 21);

        sink.write(entries.subList(0, 7));
        sink.write(entries.subList(7, 8));
        sink.write(entries.subList(8, 20));
        end(sink);

        assertThat(found(REPLICA)).isEqualTo(ids(entries));
    }

    @Test
    void shouldBeginBeforeEverything() throws Exception {
        assertThat(open().open(REPLICA)).isIn(Position.START, null);
    }

    @Test
    void shouldSayUpToWhereEntriesAreSafe() throws Exception {
        LogSink sink = open();
        sink.open(REPLICA);
        List<StoredEntry> entries = entries(1, 6);

        Position written = sink.write(entries);
        Position idle = sink.idle(true);

        assertThat(written).isLessThanOrEqualTo(entries.getLast().position());
        assertThat(idle).isIn(null, entries.getLast().position());
    }

    @Test
    void shouldRememberWhereItIs() throws Exception {
        LogSink first = open();
        Position before = first.open(REPLICA);
        assumeThat(before).as("keeps its position").isNotNull();
        List<StoredEntry> entries = entries(1, 6);
        first.write(entries);
        end(first);

        assertThat(open().open(REPLICA)).isEqualTo(entries.getLast().position());
    }

    @Test
    void shouldTellReplicasApart() throws Exception {
        LogSink one = open();
        LogSink other = open();
        one.open("replica-1");
        List<StoredEntry> ofOne = entries(1, 4);
        one.write(ofOne);
        if (isOneAtATime()) {
            end(one);
        }
        Position begin = other.open("replica-2");
        List<StoredEntry> ofOther = stored("replica-2", 1, 1, List.of(Records.record(50), Records.record(51)));
        other.write(ofOther);
        if (!isOneAtATime()) {
            end(one);
        }
        end(other);

        assertThat(begin).isIn(Position.START, null);
        assertThat(found("replica-1")).isEqualTo(ids(ofOne));
        assertThat(found("replica-2")).isEqualTo(ids(ofOther));
    }

    @Test
    void shouldGoOnInALaterStartOfTheServer() throws Exception {
        LogSink sink = open();
        sink.open(REPLICA);
        List<StoredEntry> before = entries(1, 4);
        List<StoredEntry> after = stored(REPLICA, 2, 1, List.of(Records.record(60), Records.record(61)));

        sink.write(before);
        sink.write(after);
        end(sink);

        List<@Nullable PredictionId> all = new ArrayList<>(ids(before));
        all.addAll(ids(after));
        assertThat(found(REPLICA)).isEqualTo(all);
    }

    @Test
    void shouldTakeGapsAndRecordsThatHaveAllOrNothing() throws Exception {
        LogSink sink = open();
        sink.open(REPLICA);
        List<StoredEntry> entries = stored(
                REPLICA,
                1,
                1,
                List.of(
                        Records.full(1),
                        Records.gap(1, 2, "iris"),
                        new GapRecord(Records.after(2), Records.after(3), null, null, GapRecord.Reason.CRASH),
                        Records.record(3),
                        withInputs(4)));

        sink.write(entries);
        end(sink);

        assertThat(found(REPLICA)).isEqualTo(ids(entries));
    }

    private static PredictionRecord withInputs(int number) {
        PackedTensors inputs = PackedTensors.pack(List.of(Tensors.fp32("x", new long[] {1, 2}, 1f, 2f)));
        return Records.draft(number)
                .payload(new Payload(Capture.INPUTS, 1, true, false, false, inputs, null))
                .build();
    }

    /** Forwards as the forwarder does: from where the sink is, or from the last position that it said was safe. */
    private Position forward(LogSink sink, List<StoredEntry> log, Position safe) throws Exception {
        Position own = sink.open(REPLICA);
        Position from = own == null ? safe : own;
        Position kept = from;
        List<StoredEntry> rest = log.stream()
                .filter(entry -> entry.position().compareTo(from) > 0)
                .toList();
        for (int at = 0; at < rest.size(); at += 3) {
            kept = sink.write(rest.subList(at, Math.min(at + 3, rest.size())));
        }
        return kept;
    }

    @Test
    void shouldHaveEveryEntryAfterAFailure() throws Exception {
        List<StoredEntry> log = entries(1, 21);
        LogSink sink = open();
        Position safe = forward(sink, log.subList(0, 8), Position.START);

        breakDown();
        try {
            assertThatThrownBy(() -> {
                        sink.write(log.subList(8, 11));
                        sink.idle(true);
                    })
                    .isInstanceOf(IOException.class);
            sink.close();
        } finally {
            repair();
        }
        LogSink later = open();
        forward(later, log, safe);
        end(later);

        List<@Nullable PredictionId> found = found(REPLICA);
        if (isExactlyOnce()) {
            assertThat(found).isEqualTo(ids(log));
        } else {
            assertThat(found).containsAll(ids(log));
        }
    }

    @Test
    void shouldHaveEveryEntryAfterAProcessThatDied() throws Exception {
        List<StoredEntry> log = entries(1, 21);
        LogSink dead = open();
        Position safe = forward(dead, log.subList(0, 11), Position.START);
        if (isOneAtATime()) {
            dead.close(); // as its end does
        }

        LogSink later = open();
        forward(later, log, safe);
        end(later);

        List<@Nullable PredictionId> found = found(REPLICA);
        if (isExactlyOnce()) {
            assertThat(found).isEqualTo(ids(log));
        } else {
            assertThat(found).containsAll(ids(log));
        }
    }

    @Test
    void shouldTakeNoneOfWhatItRefusesAndStayOpen() throws Exception {
        LogEntry unacceptable = unacceptable();
        assumeThat(unacceptable).as("refuses something").isNotNull();
        LogSink sink = open();
        sink.open(REPLICA);
        List<StoredEntry> entries = stored(REPLICA, 1, 1, List.of(Records.record(1), unacceptable, Records.record(3)));

        assertThatThrownBy(() -> sink.write(entries)).isInstanceOf(LogSink.Refused.class);
        assertThatThrownBy(() -> sink.write(entries.subList(1, 2))).isInstanceOf(LogSink.Refused.class);
        sink.write(entries.subList(0, 1));
        sink.write(entries.subList(2, 3));
        end(sink);

        assertThat(found(REPLICA))
                .containsExactly(Records.record(1).id(), Records.record(3).id());
    }

    @Test
    void shouldBearToBeClosedTwiceAndOpenedAgain() throws Exception {
        LogSink sink = open();
        sink.open(REPLICA);
        sink.close();
        sink.close();
        List<StoredEntry> entries = entries(1, 3);

        sink.open(REPLICA);
        sink.write(entries);
        end(sink);

        assertThat(found(REPLICA)).isEqualTo(ids(entries));
    }
}
