package dev.weir.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.ListLog;
import dev.weir.fixture.Records;
import dev.weir.inference.VersionRef;
import dev.weir.predictionlog.PredictionRecord;
import org.junit.jupiter.api.Test;

/** Which versions may not be deleted, because predictions on record were made by them. */
class RecordedVersionsTest {

    private final ListLog log = new ListLog();
    private final RecordedVersions cited = new RecordedVersions(log);

    @Test
    void shouldCiteAVersionThatMadeARecord() {
        PredictionRecord record = Records.record(1);
        log.add(record);

        assertThat(cited.citing(record.context().version())).isEqualTo("predictions that are on record");
    }

    @Test
    void shouldCiteNoVersionThatMadeNone() {
        PredictionRecord record = Records.record(1);
        log.add(record);

        assertThat(cited.citing(new VersionRef(record.context().version().model(), "another")))
                .isNull();
    }

    @Test
    void shouldFindARecordBehindManyOfOthers() {
        log.add(Records.record(1));
        VersionRef first = Records.record(1).context().version();
        for (int i = 2; i < 50; i++) {
            log.add(Records.record(i));
        }

        assertThat(cited.citing(first)).isNotNull();
        assertThat(cited.citing(new VersionRef("nobody", "1"))).isNull();
    }
}
