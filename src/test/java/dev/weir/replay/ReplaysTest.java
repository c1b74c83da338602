package dev.weir.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.failure.PredictionFailed;
import dev.weir.fixture.Artifacts;
import dev.weir.fixture.FakeFormat;
import dev.weir.fixture.FakeModel;
import dev.weir.fixture.FixedComputeConfig;
import dev.weir.fixture.ManualTicker;
import dev.weir.fixture.MapModelSource;
import dev.weir.fixture.Tensors;
import dev.weir.inference.PredictionId;
import dev.weir.inference.RequestId;
import dev.weir.inference.Settlement;
import dev.weir.inference.Tensor;
import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import dev.weir.predictionlog.Capture;
import dev.weir.predictionlog.PackedTensors;
import dev.weir.predictionlog.Payload;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.RecordContext;
import dev.weir.replay.ReplayOutcome.Compared;
import dev.weir.replay.ReplayOutcome.NotReplayable;
import dev.weir.replay.ReplayOutcome.Verdict;
import dev.weir.replay.ReplayOutcome.Why;
import dev.weir.servable.GoldenSample;
import dev.weir.servable.LoadGate;
import dev.weir.servable.LoadGuard;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ServableBoard;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplaysTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final Tensor X = Tensors.fp32("x", 1, 2, 3);

    @TempDir
    Path directory;

    private final MapModelSource source = new MapModelSource();
    private final ServableBoard board = new ServableBoard();
    private final List<String> guarded = new ArrayList<>();
    private FakeModel model = FakeModel.echo();
    private Replays replays = replays(Duration.ofSeconds(30), 4);

    private record Config(Duration timeout, int queue) implements ReplayConfig {}

    private Replays replays(Duration timeout, int queue) {
        LoadGuard guard = new LoadGuard() {
            @Override
            public Permit admit(ModelArtifact artifact) {
                guarded.add("serves");
                return Permit.NONE;
            }

            @Override
            public Permit admitBeside(ModelArtifact artifact) {
                guarded.add("beside");
                return () -> guarded.add("gone");
            }
        };
        LoadGate gate = new LoadGate(
                List.of(new FakeFormat(artifact -> model)),
                List.of(guard),
                board,
                new SimpleMeterRegistry(),
                InstantSource.fixed(NOON),
                new ManualTicker(),
                FixedComputeConfig.warmingUp(0));
        return new Replays(source, gate, new Config(timeout, queue));
    }

    @AfterEach
    void close() {
        replays.close();
    }

    private ModelArtifact version(String version, GoldenSample... golden) {
        ModelArtifact artifact = Artifacts.in(directory.resolve(version))
                .version("model", version)
                .format("fake")
                .promising(FakeModel.SIGNATURE)
                .golden(golden)
                .holding("linear");
        source.put(artifact);
        return artifact;
    }

    private static GoldenSample golden(double absolute, double relative) {
        return new GoldenSample("g", List.of(Tensors.fp32("x", 1)), List.of(Tensors.fp32("y", 1)), absolute, relative);
    }

    private static Payload payload(@Nullable PackedTensors inputs, @Nullable PackedTensors outputs) {
        return new Payload(Capture.FULL, 1, true, false, false, inputs, outputs);
    }

    private static Payload answered(float... outputs) {
        return payload(PackedTensors.pack(List.of(X)), PackedTensors.pack(List.of(Tensors.fp32("y", outputs))));
    }

    private static PredictionRecord record(ModelArtifact artifact, Payload payload) {
        return record(artifact.manifest().ref(), artifact.digest(), null, payload);
    }

    private static PredictionRecord record(VersionRef ref, String digest, @Nullable FailureCode code, Payload payload) {
        return new PredictionRecord(
                new PredictionId(new UUID(NOON.toEpochMilli() << 16 | 0x7000, 1L << 63)),
                new RequestId("request"),
                NOON,
                new RecordContext(
                        "deployment", "", null, null, "primary", VariantRole.PRIMARY, ref, digest, "fake 1", "default"),
                new PredictionRecord.Routing("only", null, null, null),
                "caller",
                Set.of(),
                null,
                List.of(),
                null,
                null,
                code == null ? Settlement.Result.OK : Settlement.Result.ERROR,
                code,
                Settlement.Timing.NONE,
                3,
                3,
                payload);
    }

    private Compared compared(PredictionRecord record) {
        ReplayOutcome outcome = replays.replay(record, null);
        assertThat(outcome).isInstanceOf(Compared.class);
        return (Compared) outcome;
    }

    private void assertNotReplayable(PredictionRecord record, Why why) {
        assertThat(replays.replay(record, null))
                .asInstanceOf(type(NotReplayable.class))
                .extracting(NotReplayable::why)
                .isEqualTo(why);
    }

    @Test
    void saysThatTheAnswerIsIdentical() {
        ModelArtifact artifact = version("1");

        Compared compared = compared(record(artifact, answered(1, 2, 3)));

        assertThat(compared)
                .isEqualTo(new Compared(
                        Verdict.IDENTICAL,
                        artifact.manifest().ref(),
                        artifact.digest(),
                        "fake 1",
                        null,
                        3,
                        0,
                        null,
                        List.of()));
    }

    @Test
    void leavesNothingBehind() {
        replays.replay(record(version("1"), answered(1, 2, 3)), null);

        assertThat(model.closes()).isEqualTo(1);
        assertThat(model.wasMistreated()).isFalse();
        assertThat(board.all()).isEmpty();
    }

    @Test
    void runsBesideWhatServes() {
        replays.replay(record(version("1"), answered(1, 2, 3)), null);

        assertThat(guarded).containsExactly("beside", "gone");
    }

    @Test
    void acceptsWhatTheManifestAllowsOfGoldenSamples() {
        Compared compared = compared(record(version("1", golden(0.5, 0), golden(0.25, 0)), answered(1, 2.25f, 3)));

        assertThat(compared.verdict()).isEqualTo(Verdict.WITHIN_TOLERANCE);
        assertThat(compared.tolerance()).isEqualTo(new ReplayOutcome.Tolerance(0.25, 0));
        assertThat(compared.different()).isEqualTo(1);
    }

    @Test
    void saysWhereTheAnswersDifferMost() {
        Compared compared = compared(record(version("1", golden(0.25, 0)), answered(1.125f, 9, 4)));

        assertThat(compared.verdict()).isEqualTo(Verdict.DIFFERENT);
        assertThat(compared.different()).isEqualTo(3);
        assertThat(compared.largest()).isEqualTo(new ReplayOutcome.Difference("y", 1, 1L, "9.0", "2.0", 7.0));
    }

    @Test
    void isNotCloseWithoutATolerance() {
        assertThat(compared(record(version("1"), answered(1, 2, 3.0000002f))).verdict())
                .isEqualTo(Verdict.DIFFERENT);
    }

    @Test
    void findsAnAnswerOfAnotherForm() {
        Compared compared = compared(record(version("1"), answered(1, 2)));

        assertThat(compared.verdict()).isEqualTo(Verdict.DIFFERENT);
        assertThat(compared.largest()).isNotNull();
        assertThat(compared.largest().recorded()).contains("[2]");
    }

    @Test
    void runsOnAnotherVersion() {
        ModelArtifact recorded = version("1");
        ModelArtifact other = version("2");

        assertThat(replays.replay(
                        record(recorded, answered(1, 2, 3)), other.manifest().ref()))
                .asInstanceOf(type(Compared.class))
                .satisfies(compared -> {
                    assertThat(compared.ran()).isEqualTo(other.manifest().ref());
                    assertThat(compared.verdict()).isEqualTo(Verdict.IDENTICAL);
                });
    }

    @Test
    void namesTheRedactedInputs() {
        PackedTensors inputs = PackedTensors.pack(List.of(X), List.of(new PackedTensors.Redacted(0, null, List.of())));
        PackedTensors outputs = PackedTensors.pack(List.of(Tensors.fp32("y", 1, 2, 3)));

        assertThat(replays.replay(record(version("1"), payload(inputs, outputs)), null))
                .isEqualTo(new NotReplayable(Why.REDACTED, "inputs were redacted", List.of("x")));
    }

    @Test
    void doesNotCompareWhatWasRedactedOfTheOutputs() {
        Tensor row = Tensors.fp32("y", 7, 7, 7);
        PackedTensors outputs =
                PackedTensors.pack(List.of(row), List.of(new PackedTensors.Redacted(0, null, List.of())));

        assertNotReplayable(record(version("1"), payload(PackedTensors.pack(List.of(X)), outputs)), Why.REDACTED);
    }

    @Test
    void saysWhatTheRecordLacks() {
        ModelArtifact artifact = version("1");
        PackedTensors some = PackedTensors.pack(List.of(X));

        assertNotReplayable(
                record(artifact, new Payload(Capture.FULL, 0.5, false, false, false, null, null)), Why.NOT_SAMPLED);
        assertNotReplayable(
                record(artifact, new Payload(Capture.FULL, 1, true, true, false, null, null)), Why.TRUNCATED);
        assertNotReplayable(
                record(artifact, new Payload(Capture.FULL, 1, true, true, false, some, null)), Why.TRUNCATED);
        assertNotReplayable(record(artifact, new Payload(Capture.FULL, 1, true, false, true, null, null)), Why.ERASED);
        assertNotReplayable(
                record(artifact, new Payload(Capture.NONE, 1, true, false, false, null, null)), Why.NOT_CAPTURED);
        assertNotReplayable(
                record(artifact.manifest().ref(), artifact.digest(), FailureCode.EXECUTION_FAILED, payload(some, null)),
                Why.NO_ANSWER);
    }

    @Test
    void saysThatTheVersionIsGone() {
        assertNotReplayable(
                record(new VersionRef("model", "9"), "sha256:0", null, answered(1, 2, 3)), Why.VERSION_GONE);
    }

    @Test
    void refusesOtherBytesUnderTheRecordedName() {
        assertNotReplayable(
                record(version("1").manifest().ref(), "sha256:0", null, answered(1, 2, 3)), Why.DIGEST_DIFFERS);
        assertThat(model.runs()).isZero();
    }

    @Test
    void saysThatTheInputsDoNotFitAnotherVersion() {
        PackedTensors inputs = PackedTensors.pack(List.of(Tensors.fp32("z", 1)));
        PackedTensors outputs = PackedTensors.pack(List.of(Tensors.fp32("y", 1)));

        assertNotReplayable(record(version("1"), payload(inputs, outputs)), Why.DOES_NOT_FIT);
    }

    @Test
    void saysThatTheVersionFails() {
        model = FakeModel.computing(x -> {
            if (x.shape().elements() == 3) {
                throw new PredictionFailed(FailureCode.EXECUTION_FAILED, "the model failed");
            }
            return Tensors.fp32("y", Tensors.floats(x));
        });

        assertNotReplayable(record(version("1"), answered(1, 2, 3)), Why.EXECUTION_FAILED);
    }

    @Test
    void saysThatTheGateRefusesTheVersion() {
        ModelArtifact artifact = version("1", golden(0, 0));
        model = FakeModel.computing(x -> Tensors.fp32("y", 5));

        assertNotReplayable(record(artifact, answered(1, 2, 3)), Why.REFUSED);
    }

    @Test
    void refusesFurtherReplaysWhileAsManyWaitAsMay() {
        Semaphore permits = new Semaphore(0);
        model = FakeModel.waitingFor(permits);
        replays.close();
        replays = replays(Duration.ofSeconds(30), 0);
        PredictionRecord record = record(version("1"), answered(1, 2, 3));
        CompletableFuture<ReplayOutcome> first = CompletableFuture.supplyAsync(() -> replays.replay(record, null));
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> model.runs() == 1);

        assertThatThrownBy(() -> replays.replay(record, null))
                .isInstanceOfSatisfying(
                        Overloaded.class, e -> assertThat(e.code()).isEqualTo(FailureCode.QUEUE_FULL));

        permits.release(5); // the load's own runs wait too
        assertThat(first.join()).isInstanceOf(Compared.class);
    }

    @Test
    void givesUpAReplayThatTakesTooLongAndAsksItToStop() {
        Semaphore permits = new Semaphore(0);
        model = FakeModel.waitingFor(permits);
        replays.close();
        replays = replays(Duration.ofMillis(300), 1);
        PredictionRecord record = record(version("1"), answered(1, 2, 3));

        assertThatThrownBy(() -> replays.replay(record, null))
                .isInstanceOfSatisfying(
                        Overloaded.class, e -> assertThat(e.code()).isEqualTo(FailureCode.DEADLINE_EXCEEDED));

        assertThat(model.wasStopped()).isTrue();
        permits.release(5); // the load's own runs wait too
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> model.closes() == 1);
    }

    @Test
    void measuresDifferencesOfIntegersToo() {
        AnswerComparison comparison = new AnswerComparison(new ReplayOutcome.Tolerance(10, 10), false);

        comparison.compare(
                PackedTensors.pack(List.of(Tensors.int64("n", 5, 7))).unpack(), List.of(Tensors.int64("n", 5, 4)));

        assertThat(comparison.verdict()).isEqualTo(Verdict.DIFFERENT);
        assertThat(comparison.largest().by()).isCloseTo(3, within(0.0));
        assertThat(comparison.largest().row()).isNull();
    }

    @Test
    void comparesTextsByTheirBytes() {
        AnswerComparison comparison = new AnswerComparison(new ReplayOutcome.Tolerance(10, 10), true);

        comparison.compare(
                PackedTensors.pack(List.of(Tensors.strings("t", "yes", "no"))).unpack(),
                List.of(Tensors.strings("t", "yes", "yes")));

        assertThat(comparison.verdict()).isEqualTo(Verdict.DIFFERENT);
        assertThat(comparison.largest()).isEqualTo(new ReplayOutcome.Difference("t", 1, 1L, "no", "yes", null));
    }
}
