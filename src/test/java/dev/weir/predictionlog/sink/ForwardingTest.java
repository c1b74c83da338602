package dev.weir.predictionlog.sink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.LogLines;
import dev.weir.fixture.ManualTicker;
import dev.weir.fixture.MapStateStore;
import dev.weir.fixture.Records;
import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.LogEntry;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.StoredEntry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Forwarding step by step, to a sink and from a log that do what the test says. */
class ForwardingTest {

    private static final Duration POLL = Duration.ofMillis(250);
    private static final int BATCH = 8;

    @TempDir
    private Path directory;

    private final ScriptedTail tail = new ScriptedTail();
    private final MapStateStore store = new MapStateStore();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ManualTicker ticker = new ManualTicker();
    private final InstantSource clock = InstantSource.fixed(Records.after(60_000));
    private Path file;
    private DeadLetters deadLetters;
    private Progress progress;
    private ScriptedSink sink;
    private Forwarding forwarding;

    @BeforeEach
    void begin() {
        file = directory.resolve("dead-letters").resolve("s.ndjson");
        begin(false);
    }

    private void begin(boolean keepsPosition) {
        begin(new ScriptedSink("s", keepsPosition), 1 << 20);
    }

    /** Starts as a new process does. */
    private void begin(ScriptedSink to, long deadLetterBytes) {
        sink = to;
        deadLetters = new DeadLetters(file, deadLetterBytes, clock);
        progress = new Progress(clock, ticker);
        forwarding = new Forwarding(
                sink,
                tail,
                new SavedPositions(store, "s", tail.replica()),
                deadLetters,
                new Forwarding.Limits(BATCH, 1 << 20, POLL),
                new Backoff(Duration.ofMillis(100), Duration.ofSeconds(10), new Random(1)),
                new ForwarderMeters(meters, "s"),
                progress,
                ticker);
    }

    private static List<PredictionRecord> records(int from, int to) {
        return IntStream.range(from, to).mapToObj(Records::record).toList();
    }

    private void drain() {
        for (int i = 0; i < 1_000; i++) {
            int writes = sink.writes();
            forwarding.step();
            if (sink.writes() == writes) {
                return;
            }
        }
        throw new AssertionError("forwarding has no end");
    }

    private double counted(String result) {
        return meters.counter("weir.log.forwarded", "sink", "s", "result", result)
                .count();
    }

    private String saved() {
        return store.list("forwarder").getFirst().value();
    }

    @Test
    void shouldForwardEverythingInOrder() {
        List<StoredEntry> log = tail.add(records(0, 30));

        drain();

        assertThat(sink.taken()).isEqualTo(log);
        assertThat(counted("ok")).isEqualTo(30);
    }

    @Test
    void shouldGoOnWithoutAPauseWhileBatchesAreFull() {
        tail.add(records(0, BATCH + 1));

        assertThat(forwarding.step()).isEqualTo(Duration.ZERO);
        assertThat(forwarding.step()).isEqualTo(POLL);
        assertThat(forwarding.step()).isEqualTo(POLL);
    }

    @Test
    void shouldKeepThePositionOfASinkThatKeepsNone() {
        List<StoredEntry> first = tail.add(records(0, 5));
        drain();
        List<StoredEntry> second = tail.add(records(5, 9));

        begin(false);
        drain();

        assertThat(first).hasSize(5);
        assertThat(sink.taken()).isEqualTo(second);
    }

    @Test
    void shouldBelieveASinkThatKeepsItsPosition() {
        tail.add(records(0, 9));
        begin(true);
        sink.position(new Position(1, 1, 6));

        drain();

        assertThat(sink.positions()).extracting(Position::seq).containsExactly(7L, 8L, 9L);
    }

    @Test
    void shouldSayWhereASinkWasThatCannotBeAskedNow() {
        tail.add(records(0, 5));
        begin(true);
        drain();
        ticker.advance(Duration.ofMinutes(1));
        forwarding.step();

        ScriptedSink down = new ScriptedSink("s", true);
        down.fail(new IOException("down"));
        begin(down, 1 << 20);
        forwarding.step();

        assertThat(progress.safe()).isEqualTo(new Position(1, 1, 5));
    }

    @Test
    void shouldWriteTheSameEntriesAgainAfterAFailure() {
        List<StoredEntry> log = tail.add(records(0, 5));
        sink.fail(new IOException("down"));
        forwarding.step();
        sink.fail(null);

        drain();

        assertThat(sink.taken()).isEqualTo(log);
        assertThat(sink.opens()).isEqualTo(2);
        assertThat(sink.closes()).isEqualTo(1);
    }

    @Test
    void shouldPauseLongerFromFailureToFailureUpToACap() {
        tail.add(records(0, 1));
        sink.fail(new IOException("down"));

        List<Long> pauses = IntStream.range(0, 12)
                .mapToObj(i -> forwarding.step().toMillis())
                .toList();

        for (int i = 0; i < pauses.size(); i++) {
            long whole = Math.min(10_000, 100L << i);
            assertThat(pauses.get(i)).isBetween(whole / 2 - 1, whole);
        }
    }

    @Test
    void shouldBeginWithShortPausesAgainOnceItWorked() {
        tail.add(records(0, 1));
        sink.fail(new IOException("down"));
        IntStream.range(0, 8).forEach(i -> forwarding.step());
        sink.fail(null);
        drain();
        sink.fail(new IOException("down again"));
        tail.add(records(1, 2));

        assertThat(forwarding.step()).isBetween(Duration.ofMillis(50), Duration.ofMillis(100));
    }

    @Test
    void shouldTellAFailureOnceUntilItEnds() {
        tail.add(records(0, 1));
        sink.fail(new SinkTrouble(Trouble.FORBIDDEN, "no", null));
        try (LogLines lines = LogLines.of(Forwarding.class)) {
            IntStream.range(0, 5).forEach(i -> forwarding.step());
            sink.fail(null);
            drain();

            assertThat(lines.lines())
                    .extracting(line -> line.getMessage())
                    .containsExactly("forwarding failed and is tried again", "forwarding goes on");
        }
        assertThat(counted("failed")).isEqualTo(5);
    }

    @Test
    void shouldSayWhatKeepsItFromGoingOn() {
        tail.add(records(0, 1));
        sink.fail(new SinkTrouble(Trouble.FORBIDDEN, "no", null));
        forwarding.step();
        assertThat(progress.state()).isEqualTo(SinkStatus.State.FAILING);
        assertThat(progress.trouble()).isEqualTo(Trouble.FORBIDDEN);

        sink.fail(new IOException("anything"));
        forwarding.step();
        assertThat(progress.trouble()).isEqualTo(Trouble.UNREACHABLE);

        sink.fail(null);
        drain();
        assertThat(progress.state()).isEqualTo(SinkStatus.State.FORWARDING);
        assertThat(progress.trouble()).isNull();
    }

    @Test
    void shouldSurviveAFaultOfASink() {
        List<StoredEntry> log = tail.add(records(0, 2));
        sink.fault(new IllegalArgumentException("a bug"));
        forwarding.step();
        assertThat(progress.trouble()).isEqualTo(Trouble.FAULT);
        sink.fault(null);

        drain();

        assertThat(sink.taken()).isEqualTo(log);
    }

    @Test
    void shouldSurviveALogThatCannotBeRead() {
        List<StoredEntry> log = tail.add(records(0, 2));
        tail.broken(true);
        forwarding.step();
        assertThat(progress.trouble()).isEqualTo(Trouble.LOG_UNREADABLE);
        tail.broken(false);

        drain();

        assertThat(sink.taken()).isEqualTo(log);
    }

    @Test
    void shouldWriteNothingMoreWhileThePositionCannotBeSaved() {
        tail.add(records(0, 20));
        forwarding.step();
        store.breakDown();

        forwarding.step();
        forwarding.step();
        forwarding.step();

        assertThat(progress.trouble()).isEqualTo(Trouble.STATE_UNWRITABLE);
        assertThat(sink.taken()).hasSize(2 * BATCH);
    }

    @Test
    void shouldPutAsideExactlyWhatIsRefused() throws IOException {
        List<StoredEntry> log = tail.add(records(0, 20));
        sink.poison(log.get(0));
        sink.poison(log.get(6));
        sink.poison(log.get(7));
        sink.poison(log.get(19));

        drain();

        assertThat(sink.taken())
                .isEqualTo(log.stream()
                        .filter(entry -> !List.of(1L, 7L, 8L, 20L)
                                .contains(entry.position().seq()))
                        .toList());
        assertThat(Files.readAllLines(file)).hasSize(4);
        assertThat(counted("dead_letter")).isEqualTo(4);
        assertThat(deadLetters.count()).isEqualTo(4);
        assertThat(saved()).isEqualTo("1:1:20");
    }

    @Test
    void shouldNotPutAnEntryAsideTwice() throws IOException {
        List<StoredEntry> log = tail.add(records(0, 3));
        begin(true);
        sink.poison(log.get(2));
        drain();
        ScriptedSink again = new ScriptedSink("s", true);
        again.position(new Position(1, 1, 2));
        again.poison(log.get(2));

        begin(again, 1 << 20);
        drain();

        assertThat(Files.readAllLines(file)).hasSize(1);
        assertThat(counted("dead_letter")).isEqualTo(1);
        assertThat(deadLetters.count()).isEqualTo(1);
    }

    @Test
    void shouldWaitWhenNoMoreMayBePutAside() throws IOException {
        List<StoredEntry> log = tail.add(records(0, 4));
        begin(new ScriptedSink("s", false), 500);
        sink.poison(log.get(1));
        sink.poison(log.get(2));

        forwarding.step();

        assertThat(progress.trouble()).isEqualTo(Trouble.DEAD_LETTERS_FULL);
        assertThat(sink.taken()).isEqualTo(log.subList(0, 1));

        Files.move(file, directory.resolve("dealt-with"));
        drain();

        assertThat(sink.taken()).isEqualTo(List.of(log.get(0), log.get(3)));
        assertThat(Files.readAllLines(file)).hasSize(1);
        assertThat(progress.trouble()).isNull();
    }

    @Test
    void shouldNoticeThatDeadLettersWereDealtWith() throws IOException {
        List<StoredEntry> log = tail.add(records(0, 1));
        sink.poison(log.getFirst());
        drain();
        assertThat(deadLetters.count()).isEqualTo(1);

        Files.delete(file);
        forwarding.step();

        assertThat(deadLetters.count()).isZero();
    }

    @Test
    void shouldMarkWhatTheLogDeletedBeforeItWasForwarded() {
        tail.add(records(0, 3));
        drain();
        List<StoredEntry> more = tail.add(records(3, 10));
        tail.delete(new Position(1, 1, 7));

        drain();

        StoredEntry gap = sink.taken().get(3);
        assertThat(gap.position()).isEqualTo(new Position(1, 1, 7));
        assertThat(gap.entry())
                .isEqualTo(new GapRecord(Records.after(2), Records.after(7), null, 4L, GapRecord.Reason.RETENTION));
        assertThat(sink.taken().subList(4, 7)).isEqualTo(more.subList(4, 7));
        assertThat(counted("gap")).isEqualTo(1);
    }

    @Test
    void shouldNotCallDamageRetention() {
        tail.add(records(0, 3));
        drain();
        tail.add(records(3, 10));
        tail.damage(new Position(1, 1, 7));

        drain();

        assertThat(sink.taken().get(3).entry())
                .isEqualTo(new GapRecord(Records.after(2), Records.after(7), null, 4L, GapRecord.Reason.DAMAGE));
    }

    @Test
    void shouldTellOfAHoleOnceHoweverOftenItIsTried() {
        tail.add(records(0, 3));
        drain();
        tail.add(records(3, 10));
        tail.delete(new Position(1, 1, 7));
        try (LogLines lines = LogLines.of(Forwarding.class)) {
            sink.fail(new IOException("down"));
            IntStream.range(0, 4).forEach(i -> forwarding.step());
            sink.fail(null);
            drain();
            begin(false);
            drain();

            assertThat(lines.lines())
                    .filteredOn(line -> line.getMessage().contains("are missing in the log"))
                    .hasSize(1);
        }
        assertThat(counted("gap")).isEqualTo(1);
    }

    @Test
    void shouldMarkWhatIsMissingAtTheBeginningOfANewStart() {
        tail.add(records(0, 3));
        drain();
        tail.add(records(3, 5));
        tail.restart();
        tail.add(records(5, 9));
        tail.delete(new Position(2, 2, 2));

        drain();

        StoredEntry gap = sink.taken().get(3);
        assertThat(gap.position()).isEqualTo(new Position(2, 2, 2));
        assertThat(((GapRecord) gap.entry()).count()).isNull();
    }

    @Test
    void shouldMarkASegmentThatWasGivenUpAtTheEndOfAStart() {
        tail.add(records(0, 3));
        drain();
        tail.rotate();
        tail.add(records(3, 5));
        tail.restart();
        List<StoredEntry> after = tail.add(records(5, 6));
        tail.delete(new Position(1, 2, 5));

        drain();

        assertThat(sink.taken().get(3).entry()).isInstanceOf(GapRecord.class);
        assertThat(sink.taken().subList(4, 5)).isEqualTo(after);
    }

    @Test
    void shouldMarkNothingWhereNothingIsMissing() {
        tail.add(records(0, 3));
        tail.rotate();
        tail.add(records(3, 5));
        tail.restart();
        tail.add(records(5, 6));
        tail.restart();
        tail.add(records(6, 7));

        drain();

        assertThat(sink.taken()).hasSize(7).noneMatch(entry -> entry.entry() instanceof GapRecord);
    }

    @Test
    void shouldForwardTheLogsOwnGaps() {
        LogEntry gap = Records.gap(1, 2, "iris");
        tail.add(List.of(Records.record(1), gap));

        drain();

        assertThat(sink.taken()).extracting(StoredEntry::entry).contains(gap);
        assertThat(counted("gap")).isZero();
    }

    @Test
    void shouldSayThatASinkIsAheadOfTheLog() {
        tail.add(records(0, 5));
        drain();
        tail.cut(new Position(1, 1, 3));

        forwarding.step();
        assertThat(progress.trouble()).isEqualTo(Trouble.AHEAD_OF_LOG);

        tail.restart();
        List<StoredEntry> after = tail.add(records(5, 6));
        drain();
        assertThat(sink.taken().getLast()).isEqualTo(after.getFirst());
        assertThat(progress.trouble()).isNull();
    }

    @Test
    void shouldForwardWhatIsThereBeforeItEnds() {
        List<StoredEntry> log = tail.add(records(0, 3 * BATCH));
        forwarding.stopSoon();

        @Nullable Duration pause = Duration.ZERO;
        for (int i = 0; pause != null && i < 100; i++) {
            assertThat(pause).isEqualTo(Duration.ZERO);
            pause = forwarding.step();
        }

        assertThat(pause).isNull();
        assertThat(sink.taken()).isEqualTo(log);
        assertThat(sink.wasToldOfTheEnd()).isTrue();
        assertThat(sink.closes()).isEqualTo(1);
        assertThat(progress.state()).isEqualTo(SinkStatus.State.STOPPED);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldHaveEachEntryAtLeastOnceWhereverItFails(boolean keepsPosition) {
        List<StoredEntry> log = tail.add(records(0, 40));
        begin(keepsPosition);
        Random random = new Random(7);
        for (int i = 0; i < 200; i++) {
            sink.fail(random.nextInt(3) == 0 ? new IOException("down") : null);
            forwarding.step();
        }
        sink.fail(null);
        drain();

        assertThat(sink.taken()).isEqualTo(log);
    }

    @Test
    void shouldSayHowOldTheOldestIsThatASinkDoesNotHave() {
        tail.add(records(0, 2));
        drain();
        assertThat(progress.behindSince()).isEqualTo(clock.instant());

        tail.add(records(2, 3));
        sink.fail(new IOException("down"));
        forwarding.step();

        assertThat(progress.behindSince()).isEqualTo(Records.after(2));
    }
}
