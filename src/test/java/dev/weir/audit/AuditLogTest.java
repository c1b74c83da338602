package dev.weir.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.audit.AuditEvent.Deed;
import dev.weir.audit.AuditEvent.Ending;
import dev.weir.failure.ConfigurationRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.StoreUnavailable;
import dev.weir.fixture.ManualClock;
import dev.weir.store.SqliteFile;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AuditLogTest {

    private static final Instant NOON = Instant.parse("2026-01-02T12:00:00.000123Z");
    private static final Duration YEAR = Duration.ofDays(365);
    private static final AuditQuery ALL = query(null, null, null, null, false);

    private final ManualClock clock = new ManualClock(NOON);

    @TempDir
    Path directory;

    private AuditLog log;

    @BeforeEach
    void open() {
        log = new AuditLog(directory, YEAR, clock);
    }

    @AfterEach
    void close() {
        log.close();
    }

    private static AuditQuery query(
            @Nullable Instant from,
            @Nullable Instant to,
            @Nullable String actor,
            @Nullable AuditAction action,
            boolean newestFirst) {
        return new AuditQuery(from, to, actor, action, newestFirst);
    }

    private static Deed deed(String actor, AuditAction action) {
        return new Deed(actor, action, "everything", null, "request", null);
    }

    private long begin(String actor, AuditAction action) {
        clock.advance(Duration.ofSeconds(1));
        return log.begin(deed(actor, action));
    }

    private List<Long> numbers(AuditQuery query) {
        return log.search(query, null, 100).stream().map(AuditEvent::number).toList();
    }

    @Test
    void shouldTellAllThatWasSaid() {
        Deed deed = new Deed("ada", AuditAction.PREDICTION_READ, "some:1", "iris", "request-1", "a complaint");
        long number = log.begin(deed);
        clock.advance(Duration.ofSeconds(3));
        log.end(number, 17, true);

        assertThat(log.search(ALL, null, 10))
                .containsExactly(new AuditEvent(number, NOON, deed, new Ending(NOON.plusSeconds(3), 17, true)));
    }

    @Test
    void shouldTellWhatHasNoEnd() {
        long number = log.begin(deed("ada", AuditAction.PREDICTION_SEARCH));

        assertThat(log.search(ALL, null, 10))
                .containsExactly(new AuditEvent(number, NOON, deed("ada", AuditAction.PREDICTION_SEARCH), null));
    }

    @Test
    void shouldKeepTheFirstEnd() {
        long number = log.begin(deed("ada", AuditAction.PREDICTION_READ));
        log.end(number, 1, false);
        log.end(number, 2, true);

        assertThat(log.search(ALL, null, 10).getFirst().ending()).isEqualTo(new Ending(NOON, 1, false));
    }

    @Test
    void shouldRememberAcrossStarts() {
        log.end(log.begin(deed("ada", AuditAction.PREDICTION_READ)), 1, true);
        List<AuditEvent> before = log.search(ALL, null, 10);
        log.close();
        open();

        assertThat(log.search(ALL, null, 10)).isEqualTo(before).hasSize(1);
    }

    @Test
    void shouldFindByActorActionAndTime() {
        long first = begin("ada", AuditAction.PREDICTION_READ);
        long second = begin("bob", AuditAction.PREDICTION_READ);
        long third = begin("ada", AuditAction.PREDICTION_SEARCH);

        assertThat(numbers(query(null, null, "ada", null, false))).containsExactly(first, third);
        assertThat(numbers(query(null, null, null, AuditAction.PREDICTION_READ, false)))
                .containsExactly(first, second);
        assertThat(numbers(query(NOON.plusSeconds(2), NOON.plusSeconds(3), null, null, false)))
                .containsExactly(second);
        assertThat(numbers(query(null, null, "ada", AuditAction.OUTCOME_READ, false)))
                .isEmpty();
        assertThat(numbers(query(null, null, "' OR 1=1 --", null, false))).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void shouldKnowEveryActionByItsWord(AuditAction action) {
        assertThat(AuditAction.of(action.word())).isEqualTo(action);
    }

    @Test
    void shouldGoOnWhereAPageEnded() {
        List<Long> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            all.add(begin("ada", AuditAction.PREDICTION_READ));
        }

        assertThat(log.search(ALL, all.get(1), 2))
                .extracting(AuditEvent::number)
                .isEqualTo(all.subList(2, 4));
        assertThat(log.search(query(null, null, null, null, true), all.get(3), 2))
                .extracting(AuditEvent::number)
                .containsExactly(all.get(2), all.get(1));
    }

    @Test
    void shouldForgetWhatIsOldAndNothingElse() {
        log.end(begin("ada", AuditAction.PREDICTION_READ), 1, true);
        long kept = begin("bob", AuditAction.PREDICTION_READ);
        log.end(kept, 1, true);
        clock.advance(YEAR);

        log.forgetOld();

        assertThat(log.search(ALL, null, 10)).extracting(AuditEvent::number).containsExactly(kept);
        assertThat(log.search(ALL, null, 10).getFirst().ending()).isNotNull();
    }

    @Test
    void shouldNotGiveANumberTwice() {
        long last = begin("ada", AuditAction.PREDICTION_READ);
        clock.advance(YEAR.plusDays(1));
        log.forgetOld();

        assertThat(begin("bob", AuditAction.PREDICTION_READ)).isGreaterThan(last);
    }

    @Test
    void shouldTellOfActionsThatALaterWeirPutOnRecord() throws Exception {
        log.begin(new Deed("ada", "moon.shot", "everything", null, "request", null));

        assertThat(log.search(ALL, null, 10).getFirst().deed().action()).isEqualTo("moon.shot");
    }

    @Test
    void shouldRefuseWhatItCannotPutOnRecord() {
        log.close();

        assertThatThrownBy(() -> log.begin(deed("ada", AuditAction.PREDICTION_READ)))
                .isInstanceOfSatisfying(
                        StoreUnavailable.class, e -> assertThat(e.code()).isEqualTo(FailureCode.STORE_UNAVAILABLE));
        open();
    }

    @Test
    void shouldRefuseAFileOfANewerWeir() throws Exception {
        log.close();
        Path file = directory.resolve("audit.db");
        try (Connection connection = SqliteFile.open(file, 1, List.of());
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA user_version = 2");
        }

        assertThatThrownBy(this::open)
                .isInstanceOf(ConfigurationRejected.class)
                .hasMessageContaining("audit.db there is of a newer Weir (schema 2; this one knows 1)");
        try (Connection connection = SqliteFile.open(file, 2, List.of());
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA user_version = 1");
        }
        open();
    }
}
