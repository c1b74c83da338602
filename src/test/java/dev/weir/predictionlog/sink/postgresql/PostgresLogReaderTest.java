package dev.weir.predictionlog.sink.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.Records;
import dev.weir.inference.PredictionId;
import dev.weir.predictionlog.LogEntry;
import dev.weir.predictionlog.LogReader;
import dev.weir.predictionlog.LogReaderContract;
import dev.weir.predictionlog.PayloadSeal;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.SinkPayloads;
import dev.weir.predictionlog.StoredEntry;
import dev.weir.predictionlog.SubjectPayloads;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The contract of readers, in a real server. */
class PostgresLogReaderTest extends LogReaderContract {

    private final PostgresPlace place = PostgresPlace.emptied();
    private final XorSeal seal = new XorSeal();
    private final SinkPayloads payloads = new SinkPayloads(SubjectPayloads.SEALED, seal);
    private final PostgresSink sink = place.sink(payloads, null);
    private final PostgresLogReader reader = place.reader(payloads);
    private long seq;

    @BeforeEach
    void open() throws Exception {
        sink.open("replica-1");
    }

    @AfterEach
    void close() {
        sink.close();
        reader.close();
    }

    @Override
    protected List<StoredEntry> write(List<? extends LogEntry> entries) throws Exception {
        List<StoredEntry> stored = new ArrayList<>();
        for (LogEntry entry : entries) {
            stored.add(new StoredEntry("replica-1", new Position(1, 1, ++seq), true, entry));
        }
        sink.write(stored);
        return stored;
    }

    @Override
    protected LogReader reader() {
        return reader;
    }

    @Test
    void shouldNotShowAPayloadWhoseKeyWasDestroyed() throws Exception {
        write(List.of(Records.full(1)));
        seal.destroyed = true;

        StoredEntry found = reader.find(Records.full(1).id());

        assertThat(found).isNotNull();
        PredictionRecord record = (PredictionRecord) found.entry();
        assertThat(record.payload().erased()).isTrue();
        assertThat(record.payload().inputs()).isNull();
        assertThat(record.payload().outputs()).isNull();
    }

    @Test
    void shouldHaveNoPayloadInTheTableThatIsNotSealed() throws Exception {
        write(List.of(Records.full(1)));

        String text = place.select("SELECT encode(payload, 'escape') FROM entry");

        assertThat(text).isNotNull().doesNotContain("twice");
    }

    @Test
    void shouldSayThatACallerWasToldThatTheRecordMightBeMissing() throws Exception {
        StoredEntry entry = new StoredEntry("replica-1", new Position(1, 1, 1), false, Records.record(1));
        sink.write(List.of(entry));

        assertThat(reader.find(Records.record(1).id())).isEqualTo(entry);
    }

    @Test
    void shouldReadEveryReplica() throws Exception {
        write(List.of(Records.record(1)));
        try (PostgresSink other = place.sink()) {
            other.open("replica-2");
            other.write(List.of(new StoredEntry("replica-2", new Position(1, 1, 1), true, Records.record(2))));
        }

        assertThat(reader.find(Records.record(2).id()))
                .extracting(StoredEntry::replica)
                .isEqualTo("replica-2");
    }

    /** Or the statement's timeout would keep every version of a large log from being deleted. */
    @Test
    void shouldFindVersionsByAnIndex() throws Exception {
        write(List.of(Records.record(1)));

        StringBuilder plan = new StringBuilder();
        try (Connection connection = place.server().connect();
                Statement statement = connection.createStatement()) {
            // So small a table would not need one.
            statement.execute("SET enable_seqscan = off; SET search_path = \"" + place.schema() + "\"");
            String asked =
                    PostgresLogReader.HAS_VERSION.replaceFirst("\\?", "'iris'").replaceFirst("\\?", "'9'");
            try (ResultSet line = statement.executeQuery("EXPLAIN " + asked)) {
                while (line.next()) {
                    plan.append(line.getString(1)).append('\n');
                }
            }
        }

        assertThat(plan).contains("_model_version_idx", "version = '9'");
    }

    /** Turns bits around: a stand-in whose key can be destroyed. */
    private static final class XorSeal implements PayloadSeal {

        private boolean destroyed;

        @Override
        public byte[] seal(PredictionId id, @Nullable String subjectKey, byte[] payload) {
            return turned(subjectKey, payload);
        }

        @Override
        public byte @Nullable [] open(PredictionId id, @Nullable String subjectKey, byte[] sealed) {
            return destroyed && subjectKey != null ? null : turned(subjectKey, sealed);
        }

        private static byte[] turned(@Nullable String subjectKey, byte[] bytes) {
            byte[] turned = bytes.clone();
            if (subjectKey != null) {
                for (int i = 0; i < turned.length; i++) {
                    turned[i] ^= 0x55;
                }
            }
            return turned;
        }
    }
}
