package dev.weir.predictionlog.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.fixture.LogSettings;
import dev.weir.fixture.ManualTicker;
import dev.weir.fixture.MapStateStore;
import dev.weir.fixture.Records;
import dev.weir.predictionlog.LogSink;
import dev.weir.predictionlog.SubjectEraser.Evidence;
import dev.weir.predictionlog.SubjectEraser.Result;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

    private Forwarders forwarders(Map<String, String> settings, String... wrong) {
        return new Forwarders(
                ConfiguredSink.config(settings),
                LogSettings.in(directory),
                List.of(new Kind("table", List.of(wrong)), new Kind("file", List.of(wrong))),
                ScriptedTail::new,
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

    @Test
    void shouldAskEachToForget() {
        Forwarders forwarders = forwarders(Map.of("b.type", "file", "a.type", "table"));

        assertThat(forwarders.erase(Set.of("hmac:k1:a", "hmac:k2:a")))
                .containsExactlyInAnyOrder(
                        new Evidence("a", Result.DELETED, 2, "table"), new Evidence("b", Result.DELETED, 2, "file"));
    }
}
