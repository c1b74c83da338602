package dev.weir.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.RequestRejected;
import dev.weir.fixture.Artifacts;
import dev.weir.fixture.Tensors;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.Shape;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorSpec;
import dev.weir.servable.ArtifactFile;
import dev.weir.servable.Cancellation;
import dev.weir.servable.LoadedModel;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelFormat;
import dev.weir.servable.ModelFormatContract;
import dev.weir.servable.SessionSettings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OnnxFormatTest extends ModelFormatContract {

    private final OnnxFormat format = new OnnxFormat();

    @Override
    protected ModelFormat format() {
        return format;
    }

    @Override
    protected ModelArtifact linear(Path place) {
        return Artifacts.in(place)
                .promising(new ModelSignature(
                        List.of(TensorSpec.of("features", DataType.FP32, -1, 3)),
                        List.of(
                                TensorSpec.of("scores", DataType.FP32, -1, 2),
                                TensorSpec.of("label", DataType.INT64, -1)),
                        true))
                .holding("linear");
    }

    @Override
    protected ModelArtifact lookup(Path place) {
        return Artifacts.in(place).holding("lookup");
    }

    @Override
    protected ModelArtifact slow(Path place) {
        return Artifacts.in(place).holding("slow");
    }

    private LoadedModel load(String model) {
        return format.load(Artifacts.in(directory).holding(model));
    }

    private Tensor run(String model, String output, Tensor input) {
        try (LoadedModel loaded = load(model)) {
            return loaded.run(List.of(input), List.of(output), new Cancellation())
                    .outputs()
                    .getFirst();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BOOL", "UINT8", "INT8", "INT16", "INT32", "INT64", "FP16", "BF16", "FP32", "FP64"})
    void shouldCarryEveryBitOfADatatypeThroughTheRuntime(DataType datatype) {
        byte[] bytes = new byte[16 * Math.max(datatype.bytes(), 1)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (datatype == DataType.BOOL ? i % 2 : i * 37 + 11);
        }
        Tensor x = Tensors.raw("x", datatype, bytes);

        Tensor y = run("identity_" + datatype.name().toLowerCase(Locale.ROOT), "y", x);

        assertThat(y.datatype()).isEqualTo(datatype);
        assertThat(Tensors.bytes(y)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"uint16", "uint32", "uint64"})
    void shouldRefuseUnsignedTypesThatTheRuntimesApiCannotCarry(String datatype) {
        assertThatThrownBy(() -> load("identity_" + datatype))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("input 'x' has type ONNX_TENSOR_ELEMENT_DATA_TYPE_" + datatype.toUpperCase(Locale.ROOT)
                        + ", which ONNX Runtime's Java API can't carry");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sequence", "maps"})
    void shouldRefuseOutputsThatAreNoTensors(String model) {
        assertThatThrownBy(() -> load(model))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("output 'y' is no tensor; export the model without maps and sequences");
    }

    @Test
    void shouldGiveAScalarNoDimensions() {
        Tensor total = run("total", "total", Tensors.fp32("x", 1, 2, 3.5f));

        assertThat(total.shape()).isEqualTo(Shape.of());
        assertThat(Tensors.floats(total)).containsExactly(6.5f);
    }

    @Test
    void shouldLoadABatchedModelThatHasAScalarOutputToo() {
        ModelSignature promised = new ModelSignature(
                List.of(TensorSpec.of("x", DataType.FP32, -1)), List.of(TensorSpec.of("y", DataType.FP32, -1)), true);
        try (LoadedModel model =
                format.load(Artifacts.in(directory).promising(promised).holding("total"))) {
            assertThat(model.signature().output("total"))
                    .extracting(TensorSpec::shape)
                    .isEqualTo(ShapePattern.of());
        }
    }

    @Test
    void shouldGiveOutputsOfAShapeThatIsKnownBeforeAsTheModelGivesThem() {
        ModelSignature batched = new ModelSignature(
                List.of(TensorSpec.of("x", DataType.FP32, -1)), List.of(TensorSpec.of("y", DataType.FP32, -1)), true);
        try (LoadedModel model =
                format.load(Artifacts.in(directory).promising(batched).holding("positive"))) {
            assertThat(floats(model, 1, 2, 3)).containsExactly(1f, 2f, 3f);
        }
    }

    @Test
    void shouldStillAnswerWhenAModelGivesAnotherNumberOfRowsThanItTook() {
        ModelSignature batched = new ModelSignature(
                List.of(TensorSpec.of("x", DataType.FP32, -1)), List.of(TensorSpec.of("y", DataType.FP32, -1)), true);
        try (LoadedModel model =
                format.load(Artifacts.in(directory).promising(batched).holding("positive"))) {
            assertThat(List.of(floats(model, 1, -2, 3), floats(model, -1), floats(model, 4, 5)))
                    .containsExactly(List.of(1f, 3f), List.of(), List.of(4f, 5f));
        }
    }

    private static List<Float> floats(LoadedModel model, float... x) {
        Tensor y = model.run(List.of(Tensors.fp32("x", new long[] {x.length}, x)), List.of("y"), new Cancellation())
                .outputs()
                .getFirst();
        List<Float> values = new ArrayList<>();
        for (float value : Tensors.floats(y)) {
            values.add(value);
        }
        return values;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "plain", "caf\u00e9", "\u65e5\u672c\u8a9e", "\uffff", "\ufffd", "\u007f\u0080", "a b\n\t\"\\"
            })
    void shouldCarryTextOfTheBasicPlane(String text) {
        Tensor y = run("identity_bytes", "y", Tensors.strings("x", text, "other"));

        assertThat(Tensors.texts(y)).containsExactly(text, "other");
    }

    @Test
    void shouldCarryNoStringsAtAll() {
        Tensor y = run("identity_bytes", "y", Tensors.strings("x"));

        assertThat(y.shape()).isEqualTo(Shape.of(0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\ud83d\ude00", "a\ud83d\ude00b", "\0", "cut\0off"})
    void shouldRefuseTextThatTheRuntimesApiWouldGarble(String text) {
        RequestRejected refusal = catchThrowableOfType(
                RequestRejected.class, () -> run("identity_bytes", "y", Tensors.strings("x", "fine", text)));

        assertThat(refusal.code()).isEqualTo(FailureCode.UNSUPPORTED_VALUE);
        assertThat(refusal.field()).isEqualTo("inputs.x.data[1]");
    }

    @Test
    void shouldRefuseBytesThatAreNoText() {
        Tensor latin1 = new Tensor.Bytes("x", Shape.of(1), List.of(new byte[] {'c', 'a', 'f', (byte) 0xe9}));

        RequestRejected refusal = catchThrowableOfType(RequestRejected.class, () -> run("identity_bytes", "y", latin1));

        assertThat(refusal.code()).isEqualTo(FailureCode.INVALID_UTF8);
    }

    @ParameterizedTest
    @CsvSource({
        "0, plain",
        "1, caf\u00e9",
        "2, \u65e5\u672c",
        "3, ''",
        "4, \ufffd",
        "11, \u00f0\u009f\u0098\u0080",
    })
    void shouldGiveTextAsTheModelHasIt(int phrase, String text) {
        assertThat(Tensors.texts(run("phrases", "found", Tensors.int64("index", phrase))))
                .containsExactly(text);
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource({
        "5, an emoji",
        "6, a NUL",
        "7, Latin-1",
        "8, UTF-8 of surrogates",
        "9, an overlong NUL",
        "10, a truncated character",
    })
    void shouldRatherFailThanGiveTextThatTheRuntimesApiGarbled(int phrase, String what) {
        assertThatThrownBy(() -> run("phrases", "found", Tensors.int64("index", 0, phrase)))
                .as(what)
                .isInstanceOfSatisfying(PredictionFailed.class, failure -> assertThat(failure.code())
                        .isEqualTo(FailureCode.INVALID_OUTPUT));
    }

    @Test
    void shouldSayThatItHasNoCuda() {
        SessionSettings cuda = new SessionSettings(
                SessionSettings.ExecutionProvider.CUDA, 1, SessionSettings.GraphOptimization.ALL, false);
        ModelArtifact artifact = Artifacts.in(directory).session(cuda).holding("linear");

        assertThatThrownBy(() -> format.load(artifact))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the manifest asks for execution provider cuda, but this build of ONNX Runtime has none;"
                        + " use the GPU build, or set execution_provider to cpu");
    }

    @ParameterizedTest
    @EnumSource
    void shouldComputeTheSameAtEveryLevelOfOptimization(SessionSettings.GraphOptimization level) {
        SessionSettings settings = new SessionSettings(SessionSettings.ExecutionProvider.CPU, 2, level, true);
        ModelArtifact artifact = Artifacts.in(directory).session(settings).holding("linear");

        try (LoadedModel model = format.load(artifact)) {
            Tensor scores = model.run(
                            List.of(Tensors.fp32("features", new long[] {1, 3}, 1, 2, 3)),
                            List.of("scores"),
                            new Cancellation())
                    .outputs()
                    .getFirst();
            assertThat(Tensors.floats(scores)).containsExactly(4, -1);
        }
    }

    @Test
    void shouldKeepTheRuntimeFromReportingToItsVendor() throws IOException {
        load("linear").close();

        String trace = "mat-debug-" + ProcessHandle.current().pid() + ".log";
        assertThat(List.of(Path.of("/tmp", trace), Path.of(System.getProperty("java.io.tmpdir"), trace)))
                .noneMatch(Files::exists);
    }

    @Test
    void shouldEmbedSentencesWithAQuantizedTransformer() throws IOException {
        long tokens = 7;
        Tensor ids = batch("input_ids", 101, 7592, 2088, 2003, 2307, 999, 102);
        Tensor mask = batch("attention_mask", 1, 1, 1, 1, 1, 1, 1);
        Tensor types = batch("token_type_ids", 0, 0, 0, 0, 0, 0, 0);
        try (InputStream in = getClass().getResourceAsStream("/all-minilm-l6-v2-q.onnx");
                LoadedModel model = format.load(Artifacts.in(directory).holding(in.readAllBytes()))) {
            Tensor embedding = model.run(List.of(ids, mask, types), List.of("last_hidden_state"), new Cancellation())
                    .outputs()
                    .getFirst();

            assertThat(embedding.shape()).isEqualTo(Shape.of(1, tokens, 384));
            assertThat(Tensors.floats(embedding)).doesNotContain(Float.NaN).isNotEmpty();
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldFreeNativeMemoryWhenClosed() throws IOException {
        byte[] large;
        try (InputStream in = getClass().getResourceAsStream("/all-minilm-l6-v2-q.onnx")) {
            large = in.readAllBytes();
        }
        ModelArtifact artifact = Artifacts.in(directory).holding(large);
        for (int i = 0; i < 2; i++) {
            format.load(artifact).close();
        }
        long before = residentBytes();

        int loads = 6;
        for (int i = 0; i < loads; i++) {
            format.load(artifact).close();
        }

        assertThat(residentBytes() - before).isLessThan(loads * (long) large.length / 2);
    }

    private static long residentBytes() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            String line =
                    lines.filter(each -> each.startsWith("VmRSS:")).findFirst().orElseThrow();
            return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
    }

    private static Tensor batch(String name, long... row) {
        return new Tensor.Fixed(
                name,
                DataType.INT64,
                Shape.of(1, row.length),
                Tensors.int64(name, row).data());
    }

    private static List<ArtifactFile> files(ModelArtifact artifact) {
        return artifact.manifest().files();
    }

    @Test
    void shouldSayWhatAFileTakesAndGives(@TempDir Path place) {
        ModelArtifact artifact = linear(place);

        assertThat(format.describe(place, files(artifact)))
                .isEqualTo(artifact.manifest().signature());
    }

    @Test
    void shouldNotTakeAFixedFirstAxisForRows(@TempDir Path place) {
        ModelArtifact artifact = Artifacts.in(place).holding("total");

        assertThat(format.describe(place, files(artifact)).batched()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"maps", "identity_uint64"})
    void shouldNotDescribeWhatItCannotServe(String model, @TempDir Path place) {
        ModelArtifact artifact = Artifacts.in(place).holding(model);

        assertThatThrownBy(() -> format.describe(place, files(artifact))).isInstanceOf(ArtifactRejected.class);
    }

    @Test
    void shouldNotDescribeWhatIsNoModel(@TempDir Path place) {
        ModelArtifact artifact = Artifacts.in(place).holding(new byte[] {1, 2, 3});

        assertThatThrownBy(() -> format.describe(place, files(artifact))).isInstanceOf(ArtifactRejected.class);
    }

    @Test
    void shouldNotBlameTheFileForWhatCannotBeRead(@TempDir Path place) throws IOException {
        ModelArtifact artifact = linear(place);
        Files.delete(artifact.model());
        Files.createDirectory(artifact.model());

        assertThatThrownBy(() -> format.describe(place, files(artifact)))
                .isInstanceOfSatisfying(ArtifactRejected.class, rejected -> assertThat(rejected.isLasting())
                        .isFalse());
    }
}
