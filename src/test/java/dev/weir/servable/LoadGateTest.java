package dev.weir.servable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.fixture.Artifacts;
import dev.weir.fixture.FakeFormat;
import dev.weir.fixture.FakeModel;
import dev.weir.fixture.FixedComputeConfig;
import dev.weir.fixture.ForwardingModel;
import dev.weir.fixture.ManualTicker;
import dev.weir.fixture.States;
import dev.weir.fixture.Tensors;
import dev.weir.format.OnnxFormat;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.Shape;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorSpec;
import dev.weir.inference.VersionRef;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoadGateTest {

    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final VersionRef REF = new VersionRef("model", "1");
    private static final int WARM_UP_RUNS = 3;

    @TempDir
    Path directory;

    private final ServableBoard board = new ServableBoard();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ManualTicker ticker = new ManualTicker();
    private final FakeModel fake = FakeModel.echo();
    private final LoadGate gate = gate(fake);

    private LoadGate gate(LoadedModel loaded) {
        return gate(new FakeFormat(artifact -> {
            ticker.advance(Duration.ofMillis(250));
            return loaded;
        }));
    }

    private LoadGate gate(ModelFormat fakeFormat) {
        return new LoadGate(
                List.of(fakeFormat, new OnnxFormat()),
                board,
                meters,
                InstantSource.fixed(NOW),
                ticker,
                FixedComputeConfig.warmingUp(WARM_UP_RUNS));
    }

    private Artifacts fakeArtifact() {
        return Artifacts.in(directory).format("fake").promising(FakeModel.SIGNATURE);
    }

    private Artifacts linear() {
        return Artifacts.in(directory)
                .promising(new ModelSignature(
                        List.of(TensorSpec.of("features", DataType.FP32, -1, 3)),
                        List.of(
                                TensorSpec.of("scores", DataType.FP32, -1, 2),
                                TensorSpec.of("label", DataType.INT64, -1)),
                        true));
    }

    private static GoldenSample golden(Tensor input, Tensor... outputs) {
        return new GoldenSample("a sample", List.of(input), List.of(outputs), 1e-6, 0);
    }

    private static Tensor features(float... row) {
        return Tensors.fp32("features", new long[] {1, row.length}, row);
    }

    private static Tensor scores(float... row) {
        return Tensors.fp32("scores", new long[] {1, row.length}, row);
    }

    private ArtifactRejected refusal(ModelArtifact artifact) {
        return catchThrowableOfType(ArtifactRejected.class, () -> gate.load(artifact));
    }

    private double loads(String result) {
        return meters.get("weir.model.loads").tag("result", result).counter().count();
    }

    @Test
    void shouldServeAVersionThatPassesEveryCheck() {
        Servable servable = gate.load(
                linear().golden(golden(features(1, 2, 3), scores(4, -1))).holding("linear"));

        assertThat(servable.ref()).isEqualTo(REF);
        servable.drain();
    }

    @Test
    void shouldNoteAnAvailableVersion() {
        gate.load(fakeArtifact().holding("linear"));

        assertThat(board.get(REF)).satisfies(States.isAvailable(NOW));
    }

    @Test
    void shouldTellTheDigestAndTheTimeOfWhatServesAndOfWhatWasRefused() {
        ModelArtifact artifact = fakeArtifact().holding("linear");
        LoadAttempt attempt = gate.begin(REF);
        ticker.advance(Duration.ofMillis(40)); // fetching; the format takes 250 ms more
        gate.load(artifact, attempt);

        assertThat(board.get(REF))
                .isEqualTo(new ServableState.Available(NOW, artifact.digest(), Duration.ofMillis(290)));

        LoadAttempt late = gate.begin(REF);
        ticker.advance(Duration.ofMillis(50));
        gate.reject(late, new ArtifactRejected("it takes too long"));

        assertThat(board.get(REF))
                .isEqualTo(new ServableState.Failed(NOW, "it takes too long", null, Duration.ofMillis(50)));
        assertThat(meters.get("weir.model.load.duration")
                        .tag("result", "failed")
                        .timer()
                        .totalTime(TimeUnit.MILLISECONDS))
                .isEqualTo(50);
    }

    @Test
    void shouldNoteThatItLoadsWhileItLoads() {
        AtomicReference<ServableState> during = new AtomicReference<>();
        FakeModel watching = FakeModel.echo().duringRun(() -> during.set(board.get(REF)));

        gate(watching).load(fakeArtifact().holding("linear"));

        assertThat(during).hasValue(new ServableState.Loading(NOW));
    }

    @Test
    void shouldCountALoad() {
        gate.load(fakeArtifact().holding("linear"));

        assertThat(loads("ok")).isOne();
        assertThat(meters.get("weir.model.load.duration")
                        .tag("result", "ok")
                        .timer()
                        .totalTime(TimeUnit.MILLISECONDS))
                .isEqualTo(250);
    }

    private double standing(String state) {
        return meters.get("weir.model.versions").tag("state", state).gauge().value();
    }

    @Test
    void shouldTellInItsMetricsWhereVersionsStand() {
        gate.begin(new VersionRef("model", "2"));
        gate.reject(gate.begin(new VersionRef("model", "3")), new ArtifactRejected("it takes too long"));
        Servable servable = gate.load(fakeArtifact().holding("linear"));

        assertThat(standing("ready")).isOne();
        assertThat(standing("loading")).isOne();
        assertThat(standing("failed")).isOne();

        servable.drain();

        assertThat(standing("ready")).isZero();
        assertThat(standing("unavailable")).isOne();
    }

    @Test
    void shouldDescribeALoadedVersionInItsMetrics() {
        ModelArtifact artifact = fakeArtifact().holding("linear");

        gate.load(artifact);

        assertThat(meters.get("weir.model.info")
                        .tags("model", "model", "version", "1", "format", "fake", "digest", artifact.digest())
                        .gauge()
                        .value())
                .isOne();
        assertThat(meters.get("weir.model.bytes").gauge().value())
                .isEqualTo(artifact.manifest().bytes());
    }

    @Test
    void shouldForgetAClosedVersionsMetrics() {
        gate.load(fakeArtifact().holding("linear")).drain();

        assertThat(meters.getMeters())
                .extracting(Meter::getId)
                .extracting(Meter.Id::getName)
                .doesNotContain("weir.model.info", "weir.model.bytes");
    }

    @Test
    void shouldNoteAClosedVersion() {
        gate.load(fakeArtifact().holding("linear")).drain();

        assertThat(board.get(REF)).isEqualTo(new ServableState.Unloaded(NOW));
    }

    @Test
    void shouldRefuseATruncatedFile() throws IOException {
        ModelArtifact artifact = linear().holding("linear");
        Files.write(artifact.model(), Arrays.copyOf(Artifacts.resource("linear"), 100));

        assertThat(refusal(artifact)).hasMessage("file 'model.onnx' has 100 bytes, but the manifest says 259");
    }

    @Test
    void shouldRefuseAFileWithAFlippedBit() throws IOException {
        ModelArtifact artifact = linear().holding("linear");
        byte[] flipped = Artifacts.resource("linear");
        flipped[flipped.length / 2] ^= 1;
        Files.write(artifact.model(), flipped);

        assertThat(refusal(artifact)).hasMessage("file 'model.onnx' does not have the SHA-256 that the manifest lists");
    }

    @Test
    void shouldRefuseAMissingFile() throws IOException {
        ModelArtifact artifact = linear().holding("linear");
        Files.delete(artifact.model());

        assertThat(refusal(artifact)).hasMessage("file 'model.onnx' is missing or no regular file");
    }

    @Test
    void shouldRefuseALinkedFile() throws IOException {
        ModelArtifact artifact = linear().holding("linear");
        Path elsewhere = directory.resolve("elsewhere");
        Files.move(artifact.model(), elsewhere);
        Files.createSymbolicLink(artifact.model(), elsewhere);

        assertThat(refusal(artifact)).hasMessage("file 'model.onnx' is or lies behind a link");
    }

    @Test
    void shouldRefuseAFileInALinkedDirectory() throws IOException {
        Path real = Files.createDirectories(directory.resolve("real"));
        byte[] model = Artifacts.resource("linear");
        Files.write(real.resolve("m.onnx"), model);
        Files.createSymbolicLink(directory.resolve("linked"), real);
        ModelArtifact artifact = new ModelArtifact(
                new ModelManifest(
                        REF,
                        "onnx",
                        "",
                        List.of(new ArtifactFile("linked/m.onnx", ArtifactDigests.sha256(model), model.length)),
                        linear().signature(),
                        SessionSettings.DEFAULT,
                        List.of(),
                        Lineage.UNKNOWN),
                directory,
                "sha256:0");

        assertThat(refusal(artifact)).hasMessage("file 'linked/m.onnx' is or lies behind a link");
    }

    @Test
    void shouldRefuseADirectoryInAFilesPlace() throws IOException {
        ModelArtifact artifact = linear().holding("linear");
        Files.delete(artifact.model());
        Files.createDirectory(artifact.model());

        assertThat(refusal(artifact)).hasMessage("file 'model.onnx' is missing or no regular file");
    }

    @Test
    void shouldNotOpenAFileWithAWrongDigest() throws IOException {
        List<ModelArtifact> opened = new ArrayList<>();
        LoadGate watched = gate(new FakeFormat(artifact -> {
            opened.add(artifact);
            return fake;
        }));
        ModelArtifact artifact = fakeArtifact().holding("linear");
        Files.write(artifact.model(), new byte[259]);

        assertThatThrownBy(() -> watched.load(artifact)).isInstanceOf(ArtifactRejected.class);
        assertThat(opened).isEmpty();
    }

    @Test
    void shouldRefuseAFormatItDoesNotKnow() {
        assertThat(refusal(linear().format("pickle").holding("linear")))
                .hasMessage("format 'pickle' is unknown here; known are [fake, onnx]");
    }

    @Test
    void shouldRefuseAManifestThatRenamesAnInput() {
        ModelSignature renamed = new ModelSignature(
                List.of(TensorSpec.of("measurements", DataType.FP32, -1, 3)),
                linear().signature().outputs(),
                true);

        assertThat(refusal(linear().promising(renamed).holding("linear")))
                .hasMessage("the model has no input 'measurements'");
    }

    @Test
    void shouldRefuseAGoldenSampleThatIsAnsweredOtherwise() {
        assertThat(refusal(linear().golden(golden(features(1, 2, 3), scores(4, -1.5f)))
                        .holding("linear")))
                .hasMessage("golden sample 'a sample', output 'scores': element 1 is off by more than the tolerance");
    }

    @Test
    void shouldRefuseAGoldenSampleThatDoesNotFitTheSignature() {
        assertThat(refusal(
                        linear().golden(golden(features(1, 2), scores(4, -1))).holding("linear")))
                .hasMessage(
                        "golden sample 'a sample': inputs[0].shape: input 'features' takes shape [-1, 3], not [1, 2]");
    }

    @Test
    void shouldRefuseAGoldenSampleThatExpectsAnUnknownOutput() {
        assertThat(refusal(linear().golden(golden(features(1, 2, 3), Tensors.fp32("score", 4)))
                        .holding("linear")))
                .hasMessage("golden sample 'a sample': outputs[0].name: the model has no such output; it gives scores,"
                        + " label");
    }

    @Test
    void shouldNameTheGoldenSampleOnWhichAModelFails() {
        LoadGate failing = gate(FakeModel.failing(
                new PredictionFailed(FailureCode.EXECUTION_FAILED, "the model failed on this request")));

        assertThatThrownBy(() -> failing.load(fakeArtifact()
                        .golden(golden(Tensors.fp32("x", 1), Tensors.fp32("y", 1)))
                        .holding("linear")))
                .hasMessage("golden sample 'a sample': the model failed on this request");
    }

    @Test
    void shouldNoteWhyAVersionWasRefused() {
        refusal(linear().format("pickle").holding("linear"));

        assertThat(board.get(REF))
                .satisfies(States.isFailed(NOW, "format 'pickle' is unknown here; known are [fake, onnx]"));
    }

    @Test
    void shouldCountARefusal() {
        refusal(linear().format("pickle").holding("linear"));

        assertThat(loads("failed")).isOne();
        assertThat(meters.get("weir.model.load.duration")
                        .tag("result", "failed")
                        .timer()
                        .count())
                .isOne();
    }

    @Test
    void shouldCountAVersionThatNeverCameToALoad() {
        gate.reject(gate.begin(REF), new ArtifactRejected("its manifest is torn"));

        assertThat(loads("failed")).isOne();
        assertThat(board.get(REF)).satisfies(States.isFailed(NOW, "its manifest is torn"));
    }

    @Test
    void shouldLeaveNoMetricsOfARefusedVersion() {
        refusal(linear().golden(golden(features(1, 2, 3), scores(0, 0))).holding("linear"));

        assertThat(meters.getMeters())
                .extracting(Meter::getId)
                .extracting(Meter.Id::getName)
                .doesNotContain("weir.model.info", "weir.model.bytes");
    }

    @Test
    void shouldCloseAModelWhoseSignatureIsRefused() {
        refusal(fakeArtifact().promising(linear().signature()).holding("linear"));

        assertThat(fake.closes()).isOne();
    }

    @Test
    void shouldCloseAModelWhoseAnswersAreRefused() {
        refusal(fakeArtifact()
                .golden(golden(Tensors.fp32("x", 1), Tensors.fp32("y", 2)))
                .holding("linear"));

        assertThat(fake.closes()).isOne();
    }

    @Test
    void shouldCloseAModelThatThrowsAnError() {
        FakeModel broken = FakeModel.computing(x -> {
            throw new AssertionError("a native library is torn");
        });

        assertThatThrownBy(() -> gate(broken)
                        .load(fakeArtifact()
                                .golden(golden(Tensors.fp32("x", 1), Tensors.fp32("y", 1)))
                                .holding("linear")))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the model can't be loaded");
        assertThat(broken.closes()).isOne();
        assertThat(board.get(REF)).isInstanceOf(ServableState.Failed.class);
    }

    @Test
    void shouldRefuseAVersionWhoseRuntimeCannotBeLinked() {
        LoadGate torn = gate(new FakeFormat(artifact -> {
            throw new UnsatisfiedLinkError("/usr/lib/torn.so");
        }));

        assertThatThrownBy(() -> torn.load(fakeArtifact().holding("linear")))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the model can't be loaded");
    }

    @Test
    void shouldLeaveOtherVersionsAsTheyWere() {
        Servable good = gate.load(linear().version("model", "2").holding("linear"));

        refusal(linear().version("model", "3").format("pickle").holding("linear"));

        assertThat(board.get(new VersionRef("model", "2"))).isInstanceOf(ServableState.Available.class);
        assertThat(good.retain()).isTrue();
        assertThat(good.run(List.of(features(1, 2, 3)), List.of("label"), new Cancellation())
                        .outputs())
                .hasSize(1);
    }

    @Test
    void shouldAskEveryGoldenSampleOnceAndThenWarmUpWithThem() {
        gate.load(fakeArtifact()
                .golden(
                        golden(Tensors.fp32("x", 1), Tensors.fp32("y", 1)),
                        golden(Tensors.fp32("x", 2), Tensors.fp32("y", 2)))
                .holding("linear"));

        assertThat(fake.runs()).isEqualTo(2 + 2 * WARM_UP_RUNS);
    }

    @Test
    void shouldLetRequestsShareACallWhereThatPays() {
        FakeModel model = FakeModel.computing(x -> {
            ticker.advance(Duration.ofNanos(10_000));
            return Tensors.fp32("y", Tensors.floats(x));
        });
        LoadGate sharing = new LoadGate(
                List.of(new FakeFormat(artifact -> model)),
                board,
                meters,
                InstantSource.fixed(NOW),
                ticker,
                new FixedComputeConfig(OptionalInt.empty(), Duration.ofSeconds(1), 0, 16));

        Servable servable = sharing.load(fakeArtifact()
                .golden(golden(Tensors.fp32("x", 1), Tensors.fp32("y", 1)))
                .holding("linear"));

        assertThat(servable.maxBatchRows()).isEqualTo(16);
    }

    @Test
    void shouldWarmUpOnOneRowOfZerosWithoutGoldenSamples() {
        gate.load(fakeArtifact().holding("linear"));

        assertThat(fake.seen()).hasSize(WARM_UP_RUNS).allMatch(x -> Tensors.same(x, Tensors.fp32("x", 0)));
    }

    @Test
    void shouldRefuseAModelWithoutGoldenSamplesThatFailsOnEveryMadeUpRow() {
        FakeModel failing = FakeModel.failing(new PredictionFailed(FailureCode.EXECUTION_FAILED, "no"));

        assertThatThrownBy(() -> gate(failing).load(fakeArtifact().holding("linear")))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessageContaining("fails on each of the made-up rows");
        assertThat(failing.closes()).isOne();
    }

    @Test
    void shouldRefuseAModelWithoutGoldenSamplesThatAnswersNothingButNaN() {
        FakeModel numb = FakeModel.computing(x -> Tensors.fp32("y", Float.NaN));

        assertThatThrownBy(() -> gate(numb).load(fakeArtifact().holding("linear")))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessageContaining("answers NaN to each of the made-up rows");
    }

    @Test
    void shouldNotBlameAModelForDislikingZeros() {
        FakeModel choosy = FakeModel.computing(x -> {
            if (Tensors.floats(x)[0] == 0) {
                throw new PredictionFailed(FailureCode.EXECUTION_FAILED, "zero has no logarithm");
            }
            return Tensors.fp32("y", Tensors.floats(x));
        });

        gate(choosy).load(fakeArtifact().holding("linear"));

        assertThat(choosy.seen()).hasSize(1 + WARM_UP_RUNS).last().matches(x -> Tensors.same(x, Tensors.fp32("x", 1)));
    }

    @Test
    void shouldTryLongerOpenAxesOnAModelThatNeedsThem() {
        List<Shape> seen = new ArrayList<>();
        ModelSignature image = new ModelSignature(
                List.of(TensorSpec.of("x", DataType.FP32, -1, 3, -1, -1)),
                List.of(TensorSpec.of("y", DataType.FP32, -1)),
                true);
        LoadedModel pooling = new ForwardingModel(fake) {
            @Override
            public ModelSignature signature() {
                return image;
            }

            @Override
            public ModelRun run(List<Tensor> inputs, List<String> outputs, Cancellation cancellation) {
                Shape shape = inputs.getFirst().shape();
                if (shape.dimension(2) < 7) {
                    throw new PredictionFailed(FailureCode.EXECUTION_FAILED, "smaller than its kernel");
                }
                seen.add(shape);
                return new ModelRun(List.of(Tensors.fp32("y", 1)), 1, 1, 1);
            }
        };

        gate(pooling).load(fakeArtifact().promising(image).holding("linear"));

        assertThat(seen).hasSize(WARM_UP_RUNS).containsOnly(Shape.of(1, 3, 32, 32));
    }

    @Test
    void shouldWarmUpOnEmptyStrings() {
        List<Tensor> seen = new ArrayList<>();
        ModelSignature signature = new ModelSignature(
                List.of(TensorSpec.of("text", DataType.BYTES, -1, 2)),
                List.of(TensorSpec.of("y", DataType.FP32, -1)),
                true);
        LoadedModel reader = new ForwardingModel(fake) {
            @Override
            public ModelSignature signature() {
                return signature;
            }

            @Override
            public ModelRun run(List<Tensor> inputs, List<String> outputs, Cancellation cancellation) {
                seen.addAll(inputs);
                return new ModelRun(List.of(Tensors.fp32("y", 1)), 1, 1, 1);
            }
        };

        gate(reader).load(fakeArtifact().promising(signature).holding("linear"));

        assertThat(seen).hasSize(WARM_UP_RUNS).allSatisfy(text -> {
            assertThat(text.shape()).isEqualTo(Shape.of(1, 2));
            assertThat(Tensors.texts(text)).containsExactly("", "");
        });
    }

    @Test
    void shouldWarmUpOnEveryDatatypeOfTheRealRuntime() {
        for (String datatype : List.of("bool", "uint8", "int8", "int16", "int32", "int64", "fp16", "bf16", "fp64")) {
            TensorSpec x = TensorSpec.of("x", DataType.named(datatype.toUpperCase(Locale.ROOT)), -1);

            Servable servable =
                    gate.load(Artifacts.in(directory).promising(x, "y").holding("identity_" + datatype));

            assertThat(servable.holds()).isOne();
            servable.drain();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1L << 27, 1L << 40, Long.MAX_VALUE})
    void shouldNotMakeUpInputsThatAreTooLarge(long extent) {
        ModelSignature huge = new ModelSignature(
                List.of(TensorSpec.of("x", DataType.FP64, -1, extent)),
                List.of(TensorSpec.of("y", DataType.FP32, -1)),
                true);
        LoadedModel large = new ForwardingModel(fake) {
            @Override
            public ModelSignature signature() {
                return huge;
            }
        };

        gate(large).load(fakeArtifact().promising(huge).holding("linear"));

        assertThat(fake.runs()).isZero();
    }

    private static ModelSignature slow() {
        return new ModelSignature(
                List.of(TensorSpec.of("iterations", DataType.INT64, 1)),
                List.of(TensorSpec.of("y", DataType.FP32, 1)),
                false);
    }

    @Test
    @Timeout(180)
    void shouldStopTheGoldenSamplesOfALoadThatIsGivenUp() {
        GoldenSample endless = new GoldenSample(
                "endless",
                List.of(Tensors.int64("iterations", Integer.MAX_VALUE)),
                List.of(Tensors.fp32("y", 64)),
                1e-6,
                0);
        ModelArtifact artifact =
                Artifacts.in(directory).promising(slow()).golden(endless).holding("slow");
        LoadAttempt attempt = gate.begin(REF);
        gate.reject(attempt, new ArtifactRejected("it takes too long"));

        assertThatThrownBy(() -> gate.load(artifact, attempt)).isInstanceOf(ArtifactRejected.class);
    }

    @Test
    void shouldStopTheWarmUpOfALoadThatIsGivenUp() {
        AtomicReference<LoadAttempt> attempt = new AtomicReference<>();
        FakeModel model =
                FakeModel.echo().duringRun(() -> gate.reject(attempt.get(), new ArtifactRejected("it takes too long")));
        LoadGate warming = gate(model);
        attempt.set(warming.begin(REF));

        assertThatThrownBy(() -> warming.load(fakeArtifact().holding("linear"), attempt.get()))
                .isInstanceOf(ArtifactRejected.class);

        assertThat(model.wasStopped()).isTrue();
        assertThat(model.closes()).isOne();
    }

    @Test
    void shouldKeepTheFirstReasonAndCountOnce() {
        LoadAttempt attempt = gate.begin(REF);
        gate.reject(attempt, new ArtifactRejected("it takes too long"));

        assertThatThrownBy(() -> gate.load(fakeArtifact().holding("linear"), attempt))
                .isInstanceOf(ArtifactRejected.class);

        assertThat(board.get(REF)).satisfies(States.isFailed(NOW, "it takes too long"));
        assertThat(loads("failed")).isOne();
        assertThat(fake.closes()).isOne();
    }

    @Test
    void shouldNotRejectWhatServes() {
        LoadAttempt attempt = gate.begin(REF);
        gate.load(fakeArtifact().holding("linear"), attempt);

        assertThat(gate.reject(attempt, new ArtifactRejected("it takes too long")))
                .isFalse();
        assertThat(board.get(REF)).satisfies(States.isAvailable(NOW));
    }
}
