package dev.weir.predictionlog.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.fixture.ManualTicker;
import dev.weir.fixture.MapStateStore;
import dev.weir.fixture.Patience;
import dev.weir.fixture.Records;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.StoredEntry;
import dev.weir.predictionlog.local.SegmentKeeper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Forwarders on threads of their own. */
class ForwardersTest {

    private static final Duration POLL = Duration.ofMillis(5);

    private static final Duration MAX_LAG = Duration.ofHours(1);

    @TempDir
    private Path directory;

    private final ScriptedTail tail = new ScriptedTail();
    private final MapStateStore store = new MapStateStore();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ManualTicker ticker = new ManualTicker();
    private final InstantSource clock = InstantSource.fixed(Records.after(60_000));
    private final CountDownLatch hang = new CountDownLatch(1);

    @AfterEach
    void release() {
        hang.countDown();
    }

    private Forwarder forwarder(ScriptedSink sink) {
        DeadLetters deadLetters = new DeadLetters(directory.resolve(sink.name() + ".ndjson"), 1 << 20, clock);
        Progress progress = new Progress(clock, ticker);
        ForwarderMeters counts = new ForwarderMeters(meters, sink.name());
        Forwarding forwarding = new Forwarding(
                sink,
                tail,
                new SavedPositions(store, sink.name(), tail.replica()),
                deadLetters,
                new Forwarding.Limits(10, 1 << 20, POLL),
                new Backoff(POLL, POLL, new Random(1)),
                counts,
                progress,
                ticker);
        Forwarder forwarder =
                new Forwarder(sink.name(), "scripted", MAX_LAG, forwarding, progress, deadLetters, tail, clock);
        counts.show(forwarder::status);
        return forwarder;
    }

    private List<StoredEntry> log(int from, int to) {
        return tail.add(IntStream.range(from, to).mapToObj(Records::record).toList());
    }

    private double gauge(String name, String sink) {
        return meters.get(name).tag("sink", sink).gauge().value();
    }

    @Test
    void shouldNotLetASinkThatHangsKeepAnotherBack() throws Exception {
        ScriptedSink hanging = new ScriptedSink("hanging", false);
        hanging.hang(hang);
        ScriptedSink healthy = new ScriptedSink("healthy", false);
        Forwarder one = forwarder(hanging);
        Forwarder other = forwarder(healthy);
        one.start();
        other.start();

        List<StoredEntry> log = log(0, 100);

        await().untilAsserted(() -> assertThat(healthy.taken()).isEqualTo(log));
        assertThat(hanging.taken()).isEmpty();
        other.stopSoon();
        assertThat(other.awaitEnd(Patience.LIMIT)).isTrue();
    }

    @Test
    void shouldSayThatASinkHangs() {
        ScriptedSink hanging = new ScriptedSink("hanging", false);
        hanging.hang(hang);
        Forwarder forwarder = forwarder(hanging);
        log(0, 3);
        forwarder.start();
        await().until(() -> hanging.opens() == 1);
        assertThat(forwarder.status().trouble()).isNull();

        ticker.advance(Duration.ofSeconds(31));

        await().untilAsserted(() -> assertThat(forwarder.status().trouble()).isEqualTo(Trouble.HANGING));
        assertThat(gauge("weir.log.sink.failing", "hanging")).isEqualTo(1);
        assertThat(gauge("weir.log.lag.records", "hanging")).isEqualTo(3);
    }

    @Test
    void shouldNotSayThatASinkHasEverythingWhileNobodyCanTell() {
        ScriptedSink sink = new ScriptedSink("s", false);
        Forwarder forwarder = forwarder(sink);
        log(0, 3);
        assertThat(gauge("weir.log.lag.records", "s")).isEqualTo(3);

        tail.broken(true);

        assertThat(gauge("weir.log.lag.records", "s")).isNaN();
        assertThat(forwarder.status().lagRecords()).isNull();
    }

    @Test
    void shouldForwardAtTheEndWhatIsThere() throws Exception {
        ScriptedSink sink = new ScriptedSink("s", false);
        Forwarder forwarder = forwarder(sink);
        List<StoredEntry> log = log(0, 500);
        forwarder.start();

        forwarder.stopSoon();

        assertThat(forwarder.awaitEnd(Patience.LIMIT)).isTrue();
        assertThat(sink.taken()).isEqualTo(log);
        assertThat(forwarder.status().state()).isEqualTo(SinkStatus.State.STOPPED);
        assertThat(forwarder.status().lagRecords()).isZero();
        assertThat(forwarder.status().lag()).isZero();
    }

    @Test
    void shouldGiveUpInTimeOnASinkThatHangsAtTheEnd() throws Exception {
        ScriptedSink hanging = new ScriptedSink("hanging", false);
        hanging.hang(hang);
        Forwarder forwarder = forwarder(hanging);
        log(0, 3);
        forwarder.start();
        await().until(() -> hanging.opens() == 1);
        forwarder.stopSoon();
        long begin = System.nanoTime();

        boolean whole = forwarder.awaitEnd(Duration.ofMillis(50));

        assertThat(whole).isFalse();
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(20));
    }

    @Test
    void shouldTryAgainUntilItIsGivenUpWhenASinkIsDownAtTheEnd() throws Exception {
        ScriptedSink down = new ScriptedSink("down", false);
        down.fail(new IOException("down"));
        Forwarder forwarder = forwarder(down);
        List<StoredEntry> log = log(0, 3);
        forwarder.start();
        forwarder.stopSoon();
        await().until(() -> down.opens() > 1);

        down.fail(null);

        assertThat(forwarder.awaitEnd(Patience.LIMIT)).isTrue();
        assertThat(down.taken()).isEqualTo(log);
    }

    @Test
    void shouldShowHowForwardingGoes() {
        ScriptedSink sink = new ScriptedSink("s", false);
        Forwarder forwarder = forwarder(sink);
        log(0, 7);
        assertThat(forwarder.status().state()).isEqualTo(SinkStatus.State.OPENING);
        assertThat(forwarder.status().position()).isNull();
        assertThat(gauge("weir.log.lag.records", "s")).isEqualTo(7);

        forwarder.start();

        await().untilAsserted(() -> assertThat(forwarder.status().lagRecords()).isZero());
        SinkStatus status = forwarder.status();
        assertThat(status.name()).isEqualTo("s");
        assertThat(status.type()).isEqualTo("scripted");
        assertThat(status.state()).isEqualTo(SinkStatus.State.FORWARDING);
        assertThat(status.position()).isEqualTo(tail.end());
        assertThat(status.forwarded()).isEqualTo(7);
        assertThat(status.trouble()).isNull();
        assertThat(gauge("weir.log.lag.seconds", "s")).isZero();
        assertThat(gauge("weir.log.dead.letters", "s")).isZero();
        forwarder.stopSoon();
    }

    private static SegmentKeeper.Expired segment(Position last, Instant newest) {
        return new SegmentKeeper.Expired(
                ScriptedTail.REPLICA, last, newest.toEpochMilli(), newest.toEpochMilli(), Set.of());
    }

    @Test
    void shouldKeepASegmentUntilItsSinkHasIt() throws Exception {
        ScriptedSink sink = new ScriptedSink("s", false);
        Forwarder forwarder = forwarder(sink);
        Position last = log(0, 5).getLast().position();
        assertThat(forwarder.mayGo(segment(last, clock.instant()))).isFalse();

        forwarder.start();
        forwarder.stopSoon();
        assertThat(forwarder.awaitEnd(Patience.LIMIT)).isTrue();

        assertThat(forwarder.mayGo(segment(last, clock.instant()))).isTrue();
        assertThat(forwarder.mayGo(segment(new Position(1, 2, 6), clock.instant())))
                .isFalse();
    }

    @Test
    void shouldGiveASegmentUpThatItsSinkShouldHaveHadLongAgo() {
        Forwarder forwarder = forwarder(new ScriptedSink("s", false));
        Position last = log(0, 5).getLast().position();

        assertThat(forwarder.mayGo(segment(last, clock.instant().minus(MAX_LAG).plusMillis(1))))
                .isFalse();
        assertThat(forwarder.mayGo(segment(last, clock.instant().minus(MAX_LAG).minusMillis(1))))
                .isTrue();
    }
}
