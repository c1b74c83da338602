package dev.weir.predictionlog.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.fixture.LogSettings;
import dev.weir.fixture.ManualTicker;
import dev.weir.fixture.MapStateStore;
import dev.weir.fixture.Records;
import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.LogSink;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.SubjectEraser.Evidence;
import dev.weir.predictionlog.SubjectEraser.Result;
import dev.weir.predictionlog.local.SegmentKeeper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of configured sinks at the start, and when a subject is to be forgotten. */
class ConfiguredSinksTest {

    @TempDir
    private Path directory;

    /** A kind of sink that is content with everything but the names it is told. */
    private record Kind(String type, List<String> wrong) implements SinkProvider {

        @Override
        public LogSink make(String name, SinkConfig.Sink config, List<String> mistakes) {
            if (wrong.contains(name)) {
                mistakes.add("weir.predictions.sinks." + name + "." + type + ".place: must be one");
            }
            return new ScriptedSink(name, false);
        }

        @Override
        public Evidence forget(String name, SinkConfig.Sink config, Set<String> subjectKeys) {
            return new Evidence(name, Result.DELETED, subjectKeys.size(), type);
        }
    }

    /** A kind of sink of which there is one. */
    private record Only(String type, LogSink sink) implements SinkProvider {

        @Override
        public LogSink make(String name, SinkConfig.Sink config, List<String> mistakes) {
            return sink;
        }

        @Override
        public Evidence forget(String name, SinkConfig.Sink config, Set<String> subjectKeys) {
            return new Evidence(name, Result.DELETED, subjectKeys.size(), type);
        }
    }

    private Forwarders forwarders(Map<String, String> settings, String... wrong) {
        return forwarders(
                settings,
                List.of(new Kind("table", List.of(wrong)), new Kind("file", List.of(wrong))),
                new ScriptedTail());
    }

    private Forwarders forwarders(Map<String, String> settings, List<SinkProvider> kinds, ScriptedTail tail) {
        return new Forwarders(
                ConfiguredSink.config(settings),
                LogSettings.in(directory),
                kinds,
                () -> tail,
                new MapStateStore(),
                new SimpleMeterRegistry(),
                InstantSource.fixed(Records.NOON),
                new ManualTicker());
    }

    private List<String> refused(Map<String, String> settings, String... wrong) {
        Forwarders forwarders = forwarders(settings, wrong);
        ConfigurationRejected refusal = catchThrowableOfType(ConfigurationRejected.class, forwarders::start);
        assertThat(forwarders.statuses()).as("nothing was started").isEmpty();
        return refusal.problems();
    }

    @Test
    void shouldRefuseAKindThatNobodyKnowsAndNameThoseThereAre() {
        assertThat(refused(Map.of("s.type", "kafka")))
                .containsExactly("weir.predictions.sinks.s.type: must be one of file, table");
    }

    @Test
    void shouldRefuseANameThatIsNone() {
        assertThat(refused(Map.of("\"a b\".type", "file")))
                .containsExactly(
                        "weir.predictions.sinks: a sink's name has 1 to 128 characters out of A-Z a-z 0-9 . _ -");
    }

    @Test
    void shouldNameWhatIsWrongWithAnyOfThemAtOnce() {
        assertThat(refused(Map.of("a.type", "file", "b.type", "table", "c.type", "kafka", "d.type", "file"), "a", "b"))
                .containsExactly(
                        "weir.predictions.sinks.a.file.place: must be one",
                        "weir.predictions.sinks.b.table.place: must be one",
                        "weir.predictions.sinks.c.type: must be one of file, table");
    }

    @Test
    void shouldForwardToEachThatIsRight() {
        Forwarders forwarders = forwarders(Map.of("b.type", "file", "a.type", "table"));

        forwarders.start();

        assertThat(forwarders.statuses()).extracting(SinkStatus::name).containsExactly("a", "b");
        forwarders.stop(Duration.ofSeconds(20));
    }

    /** Another keeper, such as a legal hold, may have a say too. */
    @Test
    void shouldMarkNothingOfASegmentThatMightGoAndStayed() {
        ScriptedTail tail = new ScriptedTail();
        Position last = tail.add(List.of(Records.record(0), Records.record(1)))
                .getLast()
                .position();
        tail.restart();
        tail.add(List.of(Records.record(2)));
        CountDownLatch behind = new CountDownLatch(1);
        ScriptedSink sink = new ScriptedSink("s", false);
        sink.hang(behind);
        Forwarders forwarders = forwarders(Map.of("s.type", "file"), List.of(new Only("file", sink)), tail);
        forwarders.start();

        boolean mayGo = forwarders.mayGo(new SegmentKeeper.Expired(ScriptedTail.REPLICA, last, 0, 0, Set.of("iris")));
        behind.countDown();
        forwarders.stop(Duration.ofSeconds(20));

        assertThat(mayGo).isTrue();
        assertThat(sink.taken()).hasSize(3).noneMatch(entry -> entry.entry() instanceof GapRecord);
    }

    @Test
    void shouldAskEachToForget() {
        Forwarders forwarders = forwarders(Map.of("b.type", "file", "a.type", "table"));

        assertThat(forwarders.erase(Set.of("hmac:k1:a", "hmac:k2:a")))
                .containsExactlyInAnyOrder(
                        new Evidence("a", Result.DELETED, 2, "table"), new Evidence("b", Result.DELETED, 2, "file"));
    }
}
