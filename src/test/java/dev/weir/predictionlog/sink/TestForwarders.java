package dev.weir.predictionlog.sink;

import dev.weir.fixture.MapStateStore;
import dev.weir.predictionlog.LogEntry;
import dev.weir.predictionlog.LogSink;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.StoredEntry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;

/** A forwarder that works as in a server, but for its log, which is in memory; for tests of sinks in packages below. */
public final class TestForwarders implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(5);

    private final ScriptedTail tail = new ScriptedTail();
    private final Forwarder forwarder;

    /** Starts to forward. */
    public TestForwarders(LogSink sink, Path directory, int batch) {
        InstantSource clock = InstantSource.system();
        DeadLetters deadLetters = new DeadLetters(directory.resolve(sink.name() + ".ndjson"), 1 << 20, clock);
        Progress progress = new Progress(clock, System::nanoTime);
        Forwarding forwarding = new Forwarding(
                sink,
                tail,
                new SavedPositions(new MapStateStore(), sink.name(), tail.replica()),
                deadLetters,
                new Forwarding.Limits(batch, 1 << 20, POLL),
                new Backoff(POLL, Duration.ofMillis(100), new Random(1)),
                new ForwarderMeters(new SimpleMeterRegistry(), sink.name()),
                progress,
                System::nanoTime);
        forwarder = new Forwarder(sink.name(), "test", POLL, forwarding, progress, deadLetters, tail, clock);
        forwarder.start();
    }

    /** Adds entries to the log. */
    public List<StoredEntry> add(List<? extends LogEntry> entries) {
        return tail.add(entries);
    }

    /** Loses entries to retention. */
    public void delete(Position upTo) {
        tail.delete(upTo);
    }

    /** Returns how it goes. */
    public SinkStatus status() {
        return forwarder.status();
    }

    @Override
    public void close() {
        forwarder.stopSoon();
        try {
            forwarder.awaitEnd(Duration.ofSeconds(20));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
