package dev.weir.predictionlog.subject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.local.SegmentKeeper;
import dev.weir.store.SqliteStateStore;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LegalHoldsTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    @TempDir
    Path directory;

    private SqliteStateStore store;
    private LegalHolds holds;

    @BeforeEach
    void open() {
        store = new SqliteStateStore(directory, InstantSource.fixed(NOON));
        holds = new LegalHolds(store, InstantSource.fixed(NOON));
    }

    @AfterEach
    void close() {
        store.close();
    }

    private LegalHold place(Instant from, Instant to) {
        return holds.place(List.of(), "credit", from, to, "case 7", "ann");
    }

    private boolean keeps(Instant oldest, Instant newest) {
        return keeps(oldest, newest, "credit");
    }

    private boolean keeps(Instant oldest, Instant newest, String deployment) {
        return !holds.mayGo(new SegmentKeeper.Expired(
                "replica", Position.START, oldest.toEpochMilli(), newest.toEpochMilli(), Set.of(deployment)));
    }

    @Test
    void keepsOtherDeploymentsForNobody() {
        place(null, null);

        assertThat(keeps(NOON, NOON, "fraud")).isFalse();
    }

    @Test
    void keepsEverythingThatASubjectMayBeIn() {
        holds.place(List.of("hmac:k1:ada"), null, null, null, "case 7", "ann");

        assertThat(keeps(NOON, NOON, "fraud")).isTrue();
    }

    @Test
    void keepsElsewhereWhatOverlapsItsTimeWhateverTheDeployment() {
        place(NOON, NOON.plusSeconds(60));

        assertThat(holds.holds(NOON.minusSeconds(60), NOON)).isTrue();
        assertThat(holds.holds(NOON.minusSeconds(60), NOON.minusSeconds(1))).isFalse();
    }

    @Test
    void remembersAHoldAcrossStarts() {
        LegalHold placed = holds.place(List.of("hmac:k1:ada"), null, NOON, null, "case 7", "ann");

        assertThat(new LegalHolds(store, InstantSource.fixed(NOON)).all()).containsExactly(placed);
    }

    @Test
    void keepsWhatOverlapsItsTime() {
        place(NOON, NOON.plusSeconds(60));

        assertThat(keeps(NOON.minusSeconds(60), NOON.minusSeconds(1))).isFalse();
        assertThat(keeps(NOON.minusSeconds(60), NOON)).isTrue();
        assertThat(keeps(NOON.plusSeconds(59), NOON.plusSeconds(90))).isTrue();
        assertThat(keeps(NOON.plusSeconds(60), NOON.plusSeconds(90))).isFalse();
    }

    @Test
    void keepsEverythingWhenItNamesNoTime() {
        place(null, null);

        assertThat(keeps(Instant.EPOCH, Instant.EPOCH)).isTrue();
    }

    @Test
    void keepsNothingOnceItIsReleasedAndRemembersWhoDidThat() {
        LegalHold placed = place(null, null);

        LegalHold released = holds.release(placed.id(), "case closed", "bob");

        assertThat(keeps(NOON, NOON)).isFalse();
        assertThat(holds.all()).containsExactly(released);
        assertThat(released.released()).isEqualTo(new LegalHold.Release("case closed", "bob", NOON));
        assertThat(holds.release(placed.id(), "again", "eve")).isEqualTo(released);
    }

    @Test
    void refusesAHoldOnEverything() {
        assertThatThrownBy(() -> holds.place(List.of(), null, null, null, "why not", "ann"))
                .isInstanceOf(RequestRejected.class);
    }

    @Test
    void refusesAHoldThatEndsBeforeItBegins() {
        assertThatThrownBy(() -> place(NOON, NOON)).isInstanceOf(RequestRejected.class);
    }

    @Test
    void knowsNoHoldOfAnotherName() {
        assertThatThrownBy(() -> holds.release("none", "why", "ann"))
                .isInstanceOfSatisfying(
                        RequestRejected.class, e -> assertThat(e.code()).isEqualTo(FailureCode.NOT_FOUND));
    }
}
