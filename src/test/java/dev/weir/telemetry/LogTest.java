package dev.weir.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.Level;
import org.jboss.logmanager.Logger;
import org.jboss.logmanager.formatters.PatternFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LogTest {

    private final Logger logger = Logger.getLogger(LogTest.class.getName());
    private final List<ExtLogRecord> written = new ArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            written.add(ExtLogRecord.wrap(entry));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    private final Log log = Log.of(LogTest.class);

    @BeforeEach
    void listen() {
        handler.setLevel(java.util.logging.Level.ALL);
        logger.setUseParentHandlers(false);
        logger.addHandler(handler);
        logger.setLevel(Level.INFO);
    }

    @AfterEach
    void stop() {
        logger.removeHandler(handler);
        logger.setUseParentHandlers(true);
        logger.setLevel(null);
    }

    @Test
    void shouldPutKeysIntoTheRecord() {
        log.info("servable available")
                .with(LogKey.MODEL, "iris")
                .with(LogKey.VERSION, 2)
                .write();

        assertThat(written).singleElement().satisfies(entry -> {
            assertThat(entry.getMessage()).isEqualTo("servable available");
            assertThat(entry.getMdcCopy()).containsAllEntriesOf(Map.of("model", "iris", "modelVersion", "2"));
        });
    }

    @Test
    void shouldLeaveOutKeysWithoutAValue() {
        log.info("m").with(LogKey.FIELD, null).write();

        assertThat(written.getFirst().getMdcCopy()).doesNotContainKey("field");
    }

    @Test
    void shouldNotCarryKeysIntoTheNextLine() {
        log.info("one").with(LogKey.MODEL, "iris").write();
        log.info("two").write();

        assertThat(written.getLast().getMdcCopy()).doesNotContainKey("model");
    }

    @Test
    void shouldTakeTheMessageAsItIs() {
        log.info("100 % {0} %s").write();

        assertThat(new PatternFormatter("%s").format(written.getFirst())).isEqualTo("100 % {0} %s");
    }

    @Test
    void shouldCarryTheCause() {
        IllegalStateException cause = new IllegalStateException("native");

        log.error("model failed").cause(cause).write();

        assertThat(written.getFirst().getThrown()).isSameAs(cause);
    }

    @Test
    void shouldNameTheLoggerAfterItsClass() {
        log.warn("m").write();

        assertThat(written.getFirst().getLoggerName()).isEqualTo(LogTest.class.getName());
    }

    @Test
    void shouldWriteLevelsByTheirName() {
        logger.setLevel(Level.DEBUG);
        log.debug("m").write();
        log.info("m").write();
        log.warn("m").write();
        log.error("m").write();

        assertThat(written)
                .extracting(ExtLogRecord::getLevel)
                .containsExactly(Level.DEBUG, Level.INFO, Level.WARN, Level.ERROR);
    }

    @Test
    void shouldWriteNothingBelowItsLevel() {
        log.debug("m")
                .with(LogKey.MODEL, "iris")
                .cause(new IllegalStateException())
                .write();

        assertThat(written).isEmpty();
    }

    @Test
    void shouldWriteNothingUnlessToldTo() {
        Log.Line line = log.info("m");

        assertThat(line).isNotNull();
        assertThat(written).isEmpty();
    }

    @Test
    void shouldSpellEveryKeyDifferently() {
        assertThat(Arrays.stream(LogKey.values()).map(LogKey::spelling))
                .doesNotHaveDuplicates()
                .allMatch(spelling -> spelling.matches("[a-z][a-zA-Z]*"));
    }
}
