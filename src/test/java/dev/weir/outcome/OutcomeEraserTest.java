package dev.weir.outcome;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.failure.FailureCode;
import dev.weir.fixture.ListLog;
import dev.weir.fixture.ManualClock;
import dev.weir.fixture.Records;
import dev.weir.inference.Caller;
import dev.weir.inference.CallerRole;
import dev.weir.inference.PredictionId;
import dev.weir.outcome.OutcomeAnswer.Result;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.SubjectEraser;
import dev.weir.predictionlog.SubjectEraser.Evidence;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutcomeEraserTest {

    private static final String ADA = "hmac:k2:ada";
    private static final String ADA_OF_OLD = "hmac:k1:ada";
    private static final String BOB = "hmac:k1:bob";
    private static final Set<String> KEYS = Set.of(ADA, ADA_OF_OLD);
    private static final Caller SHOP = new Caller("shop", Set.of(CallerRole.OUTCOME));

    private static final PredictionRecord ADAS =
            Records.draft(1).caller("shop").about(ADA).inferenceIds("a", "b").build();
    private static final PredictionRecord OLD =
            Records.draft(2).caller("shop").about(ADA_OF_OLD).build();
    private static final PredictionRecord BOBS =
            Records.draft(3).caller("shop").about(BOB).inferenceIds("c").build();
    private static final PredictionRecord NOBODYS =
            Records.draft(4).caller("shop").build();

    private final ManualClock clock = new ManualClock(Records.after(1_000));
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ListLog log = new ListLog();

    @TempDir
    Path directory;

    private Outcomes outcomes;

    @BeforeEach
    void open() {
        Stream.of(ADAS, OLD, BOBS, NOBODYS).forEach(log::add);
        outcomes = new Outcomes(directory, new OutcomeSettings(100_000), Duration.ofDays(30), log, clock, meters);
    }

    @AfterEach
    void close() {
        outcomes.close();
    }

    private OutcomeAnswer report(PredictionId id, int row, String value) {
        return report(new OutcomeReport.Row(id, row), value);
    }

    private OutcomeAnswer report(String inferenceId, String value) {
        return report(new OutcomeReport.Inference(inferenceId), value);
    }

    private OutcomeAnswer report(OutcomeReport.Subject about, String value) {
        return outcomes.report(List.of(new OutcomeReport(about, value, null, "", null)), SHOP)
                .getFirst();
    }

    private List<Evidence> erase() {
        return new OutcomeEraser(outcomes).erase(KEYS);
    }

    private List<String> values(PredictionRecord record) {
        return outcomes.of(record).stream().map(Outcome::value).toList();
    }

    private static Evidence deleted(long count) {
        return new Evidence("outcomes", SubjectEraser.Result.DELETED, count, null);
    }

    private static Evidence nothing() {
        return new Evidence("outcomes", SubjectEraser.Result.NOTHING_KEPT, 0, null);
    }

    private String files() throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path each : files.toList()) {
                all.append(Files.readString(each, StandardCharsets.ISO_8859_1));
            }
        }
        return all.toString();
    }

    @Test
    void shouldDeleteWhatTellsOfASubjectUnderEveryKeyAndEveryId() {
        report(ADAS.id(), 0, "1");
        report(ADAS.id(), 0, "2");
        report("b", "3");
        report(OLD.id(), 0, "4");
        report(BOBS.id(), 0, "5");
        report(NOBODYS.id(), 0, "6");

        assertThat(erase()).containsExactly(deleted(4));

        assertThat(outcomes.of(ADAS.id())).isEmpty();
        assertThat(outcomes.of(OLD.id())).isEmpty();
        assertThat(values(BOBS)).containsExactly("5");
        assertThat(values(NOBODYS)).containsExactly("6");
        assertThat(erase()).containsExactly(nothing());
    }

    @Test
    void shouldLeaveNoByteOfItInAnyFile() throws IOException {
        report(ADAS.id(), 0, "\"canary\"");
        report(BOBS.id(), 0, "\"parrot\"");
        assertThat(files()).contains("canary");

        erase();

        assertThat(files()).doesNotContain("canary").contains("parrot");
    }

    @Test
    void shouldDeleteMoreThanItDoesAtOnce() {
        List<PredictionRecord> many = IntStream.range(10, 2_510)
                .mapToObj(i -> Records.draft(i).caller("shop").about(ADA).build())
                .toList();
        many.forEach(log::add);
        outcomes.report(
                many.stream()
                        .map(each -> new OutcomeReport(new OutcomeReport.Row(each.id(), null), "1", null, "", null))
                        .toList(),
                SHOP);

        assertThat(erase()).containsExactly(deleted(2_500));
    }

    /** Outcomes are kept for longer than records. */
    @Test
    void shouldDeleteWhatTellsOfAPredictionThatIsOnRecordNoMore() {
        report(ADAS.id(), 0, "1");
        log.clear();

        assertThat(erase()).containsExactly(deleted(1));
        assertThat(outcomes.of(ADAS.id())).isEmpty();
    }

    @Test
    void shouldDeleteWhatWaitedForItsPredictionFirst() {
        PredictionRecord coming = Records.draft(7).caller("shop").about(ADA).build();
        report(coming.id(), 0, "1");
        log.add(coming);
        outcomes.sweep();

        assertThat(erase()).containsExactly(deleted(1));
    }

    @Test
    void shouldTakeNothingThatTellsOfTheSubjectLater() {
        erase();

        for (OutcomeAnswer late : List.of(report(ADAS.id(), 1, "1"), report("a", "2"), report(OLD.id(), 0, "3"))) {
            assertThat(late.result()).isEqualTo(Result.REJECTED);
            assertThat(late.rejection().code()).isEqualTo(FailureCode.UNKNOWN_PREDICTION);
        }
        assertThat(outcomes.of(ADAS.id())).isEmpty();
        assertThat(report(BOBS.id(), 0, "4").result()).isEqualTo(Result.ACCEPTED);
    }

    @Test
    void shouldRefuseItAfterANewStartToo() {
        erase();
        outcomes.close();
        outcomes = new Outcomes(directory, new OutcomeSettings(100), Duration.ofDays(30), log, clock, meters);

        assertThat(report(ADAS.id(), 0, "1").result()).isEqualTo(Result.REJECTED);
    }

    @Test
    void shouldDeleteWhatWaitedWhileItsSubjectWasForgotten() {
        PredictionRecord coming = Records.draft(7).caller("shop").about(ADA).build();
        report(coming.id(), 0, "1");
        erase();
        log.add(coming);

        assertThat(values(coming)).isEmpty();
        outcomes.sweep();
        assertThat(outcomes.of(coming.id())).isEmpty();
        assertThat(meters.get("weir.outcomes")
                        .tag("result", Result.ERASED.word())
                        .counter()
                        .count())
                .isOne();
    }

    @Test
    void shouldTakeWhatTellsOfALaterPredictionOfTheSubject() {
        erase();
        PredictionRecord later = Records.draft(2_000).caller("shop").about(ADA).build();
        log.add(later);

        assertThat(report(later.id(), 0, "1").result()).isEqualTo(Result.ACCEPTED);
        assertThat(values(later)).containsExactly("1");
    }

    @Test
    void shouldKeepForOthersWhatAnInferenceIdOfSeveralSubjectsTells() {
        PredictionRecord same =
                Records.draft(8).caller("shop").about(BOB).inferenceIds("a").build();
        log.add(same);
        report("a", "1");

        Evidence evidence = erase().getFirst();

        assertThat(evidence.count()).isZero();
        assertThat(evidence.detail()).contains("1 inference ids");
        assertThat(values(ADAS)).isEmpty();
        assertThat(values(same)).containsExactly("1");
        assertThat(new OutcomeEraser(outcomes).erase(Set.of(BOB))).containsExactly(deleted(1));
    }

    /** The id was linked with one subject when the report came; another used the same one afterwards. */
    @Test
    void shouldShowNothingWithAPredictionOfTheSubjectThatCameAfterTheReport() {
        report("c", "1");
        PredictionRecord same =
                Records.draft(8).caller("shop").about(ADA).inferenceIds("c").build();
        log.add(same);
        assertThat(values(same)).containsExactly("1");

        erase();

        assertThat(values(same)).isEmpty();
        assertThat(values(BOBS)).containsExactly("1");
    }

    @Test
    void shouldSayHowManyNobodyCanTellWhomTheyAreAbout() {
        report(Records.id(clock.instant().minus(Duration.ofDays(31)), 5), 0, "1");

        assertThat(erase()).hasSize(2).last().satisfies(each -> {
            assertThat(each.place()).isEqualTo("outcomes without a record");
            assertThat(each.result()).isEqualTo(SubjectEraser.Result.OUT_OF_REACH);
            assertThat(each.detail()).startsWith("1 outcomes");
        });
    }

    @Test
    void shouldSayThatTheDiskFails() {
        outcomes.close();

        assertThat(erase())
                .singleElement()
                .extracting(Evidence::place, Evidence::result)
                .containsExactly("outcomes", SubjectEraser.Result.FAILED);
    }

    @Test
    void shouldForgetWhomOutcomesWereAboutWithTheOutcomes() throws IOException {
        report(ADAS.id(), 0, "1");
        clock.advance(Duration.ofDays(366));
        outcomes.sweep();

        assertThat(erase()).containsExactly(nothing());
        assertThat(outcomes.of(ADAS.id())).isEmpty();
    }
}
