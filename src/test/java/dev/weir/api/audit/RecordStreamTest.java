package dev.weir.api.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.api.JsonBodies;
import dev.weir.api.Limits;
import dev.weir.audit.AuditAction;
import dev.weir.audit.AuditEvent;
import dev.weir.audit.AuditLog;
import dev.weir.audit.AuditQuery;
import dev.weir.failure.StoreUnavailable;
import dev.weir.fixture.ListLog;
import dev.weir.fixture.LogSettings;
import dev.weir.fixture.ManualTicker;
import dev.weir.fixture.Records;
import dev.weir.outcome.OutcomeConfig;
import dev.weir.outcome.Outcomes;
import dev.weir.predictionlog.RecordQuery;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.configuration.DurationConverter;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordStreamTest {

    private static final AuditEvent.Deed DEED =
            new AuditEvent.Deed("ada", AuditAction.PREDICTION_SEARCH, "everything", null, "request", null);
    private static final RecordStream.View VIEW = new RecordStream.View(true, false, DEED);

    private record OneAtATime() implements ReadingConfig {
        @Override
        public int parallel() {
            return 1;
        }

        @Override
        public Duration writeTimeout() {
            return Duration.ofMinutes(1);
        }
    }

    private final ListLog log = new ListLog();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @TempDir
    Path directory;

    private AuditLog audit;
    private Outcomes outcomes;
    private RecordStream stream;

    @BeforeEach
    void open() {
        OutcomeConfig config = new SmallRyeConfigBuilder()
                .withSources(new PropertiesConfigSource(Map.of(), "none", 1))
                .withConverter(Duration.class, 500, new DurationConverter())
                .withConverter(MemorySize.class, 500, new MemorySizeConverter())
                .withMapping(OutcomeConfig.class)
                .build()
                .getConfigMapping(OutcomeConfig.class);
        audit = new AuditLog(() -> directory, () -> Duration.ofDays(1), InstantSource.system());
        outcomes = new Outcomes(
                () -> directory,
                config,
                LogSettings.in(directory),
                log,
                InstantSource.system(),
                new SimpleMeterRegistry());
        stream =
                new RecordStream(audit, outcomes, new JsonBodies(Limits.DEFAULT), new ManualTicker(), new OneAtATime());
        for (int i = 0; i < 100; i++) {
            log.add(Records.full(i));
        }
    }

    @AfterEach
    void close() {
        outcomes.close();
        audit.close();
    }

    private Walk walk() {
        return Walk.search(log, RecordQuery.ALL, null);
    }

    private AuditEvent event() {
        return audit.search(new AuditQuery(null, null, null, null, true), null, 1)
                .getFirst();
    }

    @Test
    void shouldShowNothingThatCannotBePutOnRecord() {
        audit.close();

        assertThatThrownBy(() -> stream.lines(walk(), VIEW, out, () -> false)).isInstanceOf(StoreUnavailable.class);
        assertThatThrownBy(() -> stream.page(walk(), VIEW, 10, false, out)).isInstanceOf(StoreUnavailable.class);

        assertThat(out.size()).isZero();
        audit = new AuditLog(() -> directory, () -> Duration.ofDays(1), InstantSource.system());
    }

    @Test
    void shouldPutTheReadingOnRecordBeforeItsFirstByte() throws IOException {
        OutputStream looking = new OutputStream() {
            @Override
            public void write(int one) {
                throw new AssertionError("bytes come in arrays");
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
                assertThat(event().deed()).isEqualTo(DEED);
                assertThat(out.size() > 0 || event().ending() == null).isTrue();
                out.write(bytes, offset, length);
            }
        };

        stream.lines(walk(), VIEW, looking, () -> false);

        assertThat(out.toString(StandardCharsets.UTF_8).lines()).hasSize(100);
        assertThat(event().ending())
                .isNotNull()
                .extracting(AuditEvent.Ending::count)
                .isEqualTo(100L);
    }

    @Test
    void shouldStopWhenItsReaderLeft() throws IOException {
        stream.lines(walk(), VIEW, out, () -> true);

        assertThat(out.toString(StandardCharsets.UTF_8).lines()).hasSize(Walk.STEP);
        assertThat(event().ending().whole()).isFalse();
    }

    @Test
    void shouldGiveItsPlaceBackWhateverHappens() throws IOException {
        OutputStream broken = new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                throw new IOException("gone");
            }
        };

        assertThatThrownBy(() -> stream.lines(walk(), VIEW, broken, () -> false))
                .isInstanceOf(IOException.class);
        stream.page(walk(), VIEW, 10, false, out);

        assertThat(out.size()).isPositive();
    }
}
