package dev.weir.outcome;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import dev.weir.failure.FailureCode;
import dev.weir.failure.StoreUnavailable;
import dev.weir.fixture.ListLog;
import dev.weir.fixture.ManualClock;
import dev.weir.fixture.Records;
import dev.weir.inference.Caller;
import dev.weir.inference.CallerRole;
import dev.weir.inference.PredictionId;
import dev.weir.outcome.OutcomeAnswer.Result;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.StoredEntry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutcomesTest {

    private static final Duration MONTH = Duration.ofDays(30);
    private static final Caller ADA = new Caller("ada", Set.of(CallerRole.OUTCOME));
    private static final Caller BOB = new Caller("bob", Set.of(CallerRole.OUTCOME));
    private static final Caller AUDITOR = new Caller("eve", Set.of(CallerRole.OUTCOME, CallerRole.AUDIT));

    private static final PredictionRecord SINGLE =
            Records.draft(1).caller("ada").build();
    private static final PredictionRecord PAIR =
            Records.draft(2).caller("ada").inferenceIds("a", "b").build();

    private final ManualClock clock = new ManualClock(Records.after(1_000));
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final AtomicInteger lookUps = new AtomicInteger();
    private final ListLog log = new ListLog() {
        @Override
        public @Nullable StoredEntry find(PredictionId id) {
            lookUps.incrementAndGet();
            return super.find(id);
        }
    };

    @TempDir
    Path directory;

    private Outcomes outcomes;

    @BeforeEach
    void open() {
        log.clear();
        log.add(SINGLE);
        log.add(PAIR);
        reopen(100);
    }

    private void reopen(int most) {
        if (outcomes != null) {
            outcomes.close();
        }
        outcomes = new Outcomes(directory, new OutcomeSettings(most, most), MONTH, log, clock, meters);
    }

    @AfterEach
    void close() {
        outcomes.close();
    }

    private static OutcomeReport about(PredictionId id, @Nullable Integer row, String value) {
        return new OutcomeReport(new OutcomeReport.Row(id, row), value, null, "", null);
    }

    private static OutcomeReport about(String inferenceId, String value) {
        return new OutcomeReport(new OutcomeReport.Inference(inferenceId), value, null, "", null);
    }

    private static OutcomeReport revised(String value, int revision) {
        return new OutcomeReport(new OutcomeReport.Row(SINGLE.id(), null), value, null, "", revision);
    }

    private OutcomeAnswer report(OutcomeReport report, Caller caller) {
        return outcomes.report(List.of(report), caller).getFirst();
    }

    private Result result(OutcomeReport report) {
        return report(report, ADA).result();
    }

    private static FailureCode code(OutcomeAnswer answer) {
        assertThat(answer.result()).isEqualTo(Result.REJECTED);
        return answer.rejection().code();
    }

    private List<String> values(PredictionRecord record) {
        return outcomes.of(record).stream().map(Outcome::value).toList();
    }

    private double counted(Result result) {
        return meters.get("weir.outcomes")
                .tag("result", result.word())
                .counter()
                .count();
    }

    @Test
    void shouldTellAllThatWasReported() {
        Instant observed = Instant.parse("2026-01-01T00:00:00Z");
        OutcomeReport report = new OutcomeReport(new OutcomeReport.Row(PAIR.id(), 1), "{\"x\":1}", observed, "shop", 3);

        assertThat(report(report, ADA)).isEqualTo(new OutcomeAnswer(Result.ACCEPTED, 3, true, null));
        assertThat(outcomes.of(PAIR))
                .containsExactly(new Outcome(1, null, "{\"x\":1}", observed, "shop", 3, true, clock.instant(), "ada"));
    }

    @Test
    void shouldKeepWhatComesTwiceOnce() {
        assertThat(result(about(SINGLE.id(), null, "1"))).isEqualTo(Result.ACCEPTED);
        clock.advance(Duration.ofHours(1));

        assertThat(result(about(SINGLE.id(), null, "1"))).isEqualTo(Result.DUPLICATE);
        assertThat(values(SINGLE)).containsExactly("1");
    }

    @Test
    void shouldKeepWhatComesTwiceInOneRequestOnce() {
        assertThat(outcomes.report(List.of(about(SINGLE.id(), null, "1"), about(SINGLE.id(), null, "1")), ADA))
                .extracting(OutcomeAnswer::result)
                .containsExactly(Result.ACCEPTED, Result.DUPLICATE);
        assertThat(values(SINGLE)).containsExactly("1");
    }

    @Test
    void shouldKeepACorrectionBesideWhatItCorrects() {
        report(about(SINGLE.id(), null, "1"), ADA);

        assertThat(report(about(SINGLE.id(), null, "2"), ADA))
                .isEqualTo(new OutcomeAnswer(Result.CORRECTED, 2, true, null));
        assertThat(outcomes.of(SINGLE))
                .extracting(Outcome::value, Outcome::revision, Outcome::current)
                .containsExactly(tuple("1", 1, false), tuple("2", 2, true));
    }

    /** A file that is sent again after its corrections must not undo them. */
    @Test
    void shouldNotTakeAnOldReportForACorrection() {
        report(about(SINGLE.id(), null, "1"), ADA);
        report(about(SINGLE.id(), null, "2"), ADA);

        assertThat(result(about(SINGLE.id(), null, "1"))).isEqualTo(Result.DUPLICATE);
        assertThat(outcomes.of(SINGLE))
                .filteredOn(Outcome::current)
                .extracting(Outcome::value)
                .containsExactly("2");
    }

    @Test
    void shouldKeepAnEarlierRevisionThatComesLater() {
        assertThat(result(revised("2", 2))).isEqualTo(Result.ACCEPTED);

        assertThat(result(revised("1", 1))).isEqualTo(Result.SUPERSEDED);
        assertThat(outcomes.of(SINGLE))
                .filteredOn(Outcome::current)
                .extracting(Outcome::value)
                .containsExactly("2");
    }

    @Test
    void shouldRefuseARevisionThatSaysSomethingElse() {
        report(revised("1", 1), ADA);

        assertThat(code(report(revised("2", 1), ADA))).isEqualTo(FailureCode.CONFLICT);
        assertThat(result(revised("1", 1))).isEqualTo(Result.DUPLICATE);
        assertThat(values(SINGLE)).containsExactly("1");
    }

    @Test
    void shouldLetSourcesDiffer() {
        report(about(SINGLE.id(), null, "1"), ADA);
        OutcomeReport other = new OutcomeReport(new OutcomeReport.Row(SINGLE.id(), null), "2", null, "other", null);

        assertThat(result(other)).isEqualTo(Result.ACCEPTED);
        assertThat(outcomes.of(SINGLE)).allMatch(Outcome::current).hasSize(2);
    }

    @Test
    void shouldTakeTheOnlyRowForThePrediction() {
        report(about(SINGLE.id(), null, "1"), ADA);

        assertThat(result(about(SINGLE.id(), 0, "1"))).isEqualTo(Result.DUPLICATE);
    }

    @Test
    void shouldAskForTheRowOfSeveral() {
        assertThat(code(report(about(PAIR.id(), null, "1"), ADA))).isEqualTo(FailureCode.INVALID_FIELD);
        assertThat(code(report(about(PAIR.id(), 2, "1"), ADA))).isEqualTo(FailureCode.INVALID_FIELD);
        assertThat(result(about(PAIR.id(), 1, "1"))).isEqualTo(Result.ACCEPTED);
    }

    @Test
    void shouldJoinByInferenceId() {
        assertThat(report(about("b", "1"), ADA)).isEqualTo(new OutcomeAnswer(Result.ACCEPTED, 1, true, null));

        assertThat(outcomes.of(PAIR))
                .extracting(Outcome::inferenceId, Outcome::row)
                .containsExactly(tuple("b", null));
        assertThat(outcomes.of(SINGLE)).isEmpty();
    }

    @Test
    void shouldNotJoinAnInferenceIdThatBeginsAlike() {
        report(about("bb", "1"), AUDITOR);
        report(about("b#", "1"), AUDITOR);

        assertThat(outcomes.of(PAIR)).isEmpty();
    }

    @Test
    void shouldKeepWhatComesBeforeItsPrediction() {
        PredictionRecord coming = Records.draft(7).caller("ada").build();

        assertThat(report(about(coming.id(), null, "1"), ADA))
                .isEqualTo(new OutcomeAnswer(Result.PENDING, 1, false, null));
        log.add(coming);
        assertThat(values(coming)).containsExactly("1");
    }

    @Test
    void shouldForgetWhatWaitsInVain() {
        PredictionRecord never = Records.draft(7).caller("ada").build();
        PredictionRecord coming = Records.draft(8).caller("ada").build();
        report(about(never.id(), null, "1"), ADA);
        report(about(coming.id(), null, "1"), ADA);
        report(about("unknown", "1"), ADA);
        log.add(coming);
        clock.advance(Duration.ofDays(7).plusSeconds(1));

        outcomes.sweep();

        assertThat(outcomes.of(never.id())).isEmpty();
        assertThat(values(coming)).containsExactly("1");
        assertThat(counted(Result.EXPIRED)).isEqualTo(2);
    }

    @Test
    void shouldLookAtEveryOneThatWaits() {
        List<PredictionRecord> coming = IntStream.range(10, 2_510)
                .mapToObj(i -> Records.draft(i).caller("ada").build())
                .toList();
        reopen(10_000);
        outcomes.report(coming.stream().map(each -> about(each.id(), null, "1")).toList(), ADA);
        coming.forEach(log::add);
        clock.advance(Duration.ofDays(7).plusSeconds(1));

        outcomes.sweep();

        assertThat(counted(Result.EXPIRED)).isZero();
    }

    @Test
    void shouldNotLookAgainBeforeTheLogHasGrown() {
        report(about(Records.record(7).id(), null, "1"), ADA);
        outcomes.sweep();
        int before = lookUps.get();

        outcomes.sweep();

        assertThat(lookUps).hasValue(before);
    }

    @Test
    void shouldLookAgainOnceTheLogHasGrown() {
        PredictionRecord coming = Records.draft(7).caller("ada").build();
        report(about(coming.id(), null, "1"), ADA);
        outcomes.sweep();
        log.add(coming);
        outcomes.sweep();
        clock.advance(Duration.ofDays(7).plusSeconds(1));

        outcomes.sweep();

        assertThat(counted(Result.EXPIRED)).isZero();
    }

    /** Its record may have come between the look-up and the report. */
    @Test
    void shouldLookOnceMoreForWhatWasReportedSinceTheLogGrew() {
        report(about(Records.record(7).id(), null, "1"), ADA);
        outcomes.sweep();
        report(about(Records.record(8).id(), null, "1"), ADA);
        int before = lookUps.get();

        outcomes.sweep();

        assertThat(lookUps).hasValue(before + 1);
    }

    @Test
    void shouldLetOnlySoManyWait() {
        reopen(2);
        List<OutcomeAnswer> answers = outcomes.report(
                IntStream.range(10, 13)
                        .mapToObj(i -> about(Records.record(i).id(), null, "1"))
                        .toList(),
                ADA);

        assertThat(answers)
                .extracting(OutcomeAnswer::result)
                .containsExactly(Result.PENDING, Result.PENDING, Result.REJECTED);
        assertThat(code(answers.get(2))).isEqualTo(FailureCode.UNKNOWN_PREDICTION);
        assertThat(result(about(SINGLE.id(), null, "1"))).isEqualTo(Result.ACCEPTED);
    }

    @Test
    void shouldTakeAFileThatIsSentAgainThoughNoMoreMayWait() {
        reopen(2);
        List<OutcomeReport> file = IntStream.range(10, 12)
                .mapToObj(i -> about(Records.record(i).id(), null, "1"))
                .toList();
        outcomes.report(file, ADA);

        assertThat(outcomes.report(file, ADA))
                .extracting(OutcomeAnswer::result, OutcomeAnswer::matched)
                .containsOnly(tuple(Result.DUPLICATE, false));
    }

    @Test
    void shouldTakeNoRoomForWhatIsThereAlready() {
        reopen(2);
        OutcomeReport known = about(Records.record(10).id(), null, "1");
        OutcomeReport other = about(Records.record(11).id(), null, "1");

        assertThat(outcomes.report(List.of(known, known, known, other), ADA))
                .extracting(OutcomeAnswer::result)
                .containsExactly(Result.PENDING, Result.DUPLICATE, Result.DUPLICATE, Result.PENDING);
    }

    @Test
    void shouldLetNoMoreWaitWhenManyReportAtOnce() throws Exception {
        reopen(10);
        try (ExecutorService clients = Executors.newFixedThreadPool(8)) {
            List<Future<OutcomeAnswer>> answers = new ArrayList<>();
            for (int i = 100; i < 300; i++) {
                OutcomeReport report = about(Records.record(i).id(), null, "1");
                answers.add(clients.submit(() -> report(report, ADA)));
            }
            int pending = 0;
            for (Future<OutcomeAnswer> answer : answers) {
                pending += answer.get(1, TimeUnit.MINUTES).result() == Result.PENDING ? 1 : 0;
            }
            assertThat(pending).isEqualTo(10);
        }
    }

    @Test
    void shouldKeepOnlySoManyThatCameTooLate() {
        reopen(2);
        Instant old = clock.instant().minus(MONTH).minusSeconds(1);
        List<OutcomeAnswer> answers = outcomes.report(
                IntStream.range(10, 13)
                        .mapToObj(i -> about(Records.id(old, i), null, "1"))
                        .toList(),
                ADA);

        assertThat(answers)
                .extracting(OutcomeAnswer::result)
                .containsExactly(Result.LATE, Result.LATE, Result.REJECTED);
        assertThat(code(answers.get(2))).isEqualTo(FailureCode.UNKNOWN_PREDICTION);
        assertThat(result(about(Records.id(old, 10), null, "1"))).isEqualTo(Result.DUPLICATE);
        assertThat(result(about(Records.record(10).id(), null, "1"))).isEqualTo(Result.PENDING);
    }

    @Test
    void shouldKeepWhatComesAfterItsPredictionWasForgotten() {
        PredictionId old = Records.id(clock.instant().minus(MONTH).minusSeconds(1), 5);

        assertThat(report(about(old, null, "1"), ADA)).isEqualTo(new OutcomeAnswer(Result.LATE, 1, false, null));
        clock.advance(Duration.ofDays(8));
        outcomes.sweep();
        assertThat(outcomes.of(old)).extracting(Outcome::value).containsExactly("1");
    }

    @Test
    void shouldForgetWhatIsTooOld() {
        report(about(SINGLE.id(), null, "1"), ADA);
        clock.advance(Duration.ofDays(366));

        outcomes.sweep();

        assertThat(values(SINGLE)).isEmpty();
    }

    @Test
    void shouldLetNobodyReportOnPredictionsOfOthers() {
        assertThat(code(report(about(SINGLE.id(), null, "1"), BOB))).isEqualTo(FailureCode.FORBIDDEN);
        assertThat(values(SINGLE)).isEmpty();
    }

    @Test
    void shouldLetAnAuditorReportOnPredictionsOfOthers() {
        assertThat(report(about(SINGLE.id(), null, "1"), AUDITOR).result()).isEqualTo(Result.ACCEPTED);
        assertThat(values(SINGLE)).containsExactly("1");
    }

    @Test
    void shouldNotJoinWhatOthersReportedUnderTheSameInferenceId() {
        assertThat(report(about("b", "stolen"), BOB).result()).isEqualTo(Result.PENDING);
        report(about("b", "mine"), ADA);

        assertThat(values(PAIR)).containsExactly("mine");
    }

    @Test
    void shouldNotJoinWhatOthersReportedBeforeThePrediction() {
        PredictionRecord coming = Records.draft(7).caller("ada").build();
        report(about(coming.id(), null, "stolen"), BOB);
        log.add(coming);

        assertThat(values(coming)).isEmpty();
        assertThat(report(about(coming.id(), null, "mine"), ADA))
                .isEqualTo(new OutcomeAnswer(Result.ACCEPTED, 1, true, null));
        assertThat(values(coming)).containsExactly("mine");
    }

    @Test
    void shouldRememberAcrossStarts() {
        report(about(SINGLE.id(), null, "1"), ADA);
        reopen(100);

        assertThat(values(SINGLE)).containsExactly("1");
        assertThat(result(about(SINGLE.id(), null, "1"))).isEqualTo(Result.DUPLICATE);
    }

    @Test
    void shouldCountWhatBecameOfReports() {
        report(about(SINGLE.id(), null, "1"), ADA);
        report(about(SINGLE.id(), null, "1"), ADA);
        report(about(SINGLE.id(), null, "2"), BOB);
        outcomes.unreadable();

        assertThat(counted(Result.ACCEPTED)).isEqualTo(1);
        assertThat(counted(Result.DUPLICATE)).isEqualTo(1);
        assertThat(counted(Result.REJECTED)).isEqualTo(2);
    }

    @Test
    void shouldSayThatTheDiskFails() {
        outcomes.close();

        assertThatThrownBy(() -> report(about(SINGLE.id(), null, "1"), ADA)).isInstanceOf(StoreUnavailable.class);
        outcomes = null;
        reopen(100);
    }
}
