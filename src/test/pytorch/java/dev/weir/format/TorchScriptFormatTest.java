package dev.weir.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ArtifactRejected;
import dev.weir.fixture.Tensors;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.Shape;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorSpec;
import dev.weir.servable.Cancellation;
import dev.weir.servable.GoldenSample;
import dev.weir.servable.LoadedModel;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelFormat;
import dev.weir.servable.ModelFormatContract;
import dev.weir.servable.SessionSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TorchScriptFormatTest extends ModelFormatContract {

    private final TorchScriptFormat format = new TorchScriptFormat(TorchModels.STATE);

    @Override
    protected ModelFormat format() {
        return format;
    }

    @Override
    protected ModelArtifact linear(Path place) {
        return TorchModels.linear(place, "linear");
    }

    @Override
    protected ModelArtifact lookup(Path place) {
        return TorchModels.artifact(
                        place,
                        TorchModels.signature(
                                TensorSpec.of("index", DataType.INT64, -1), TensorSpec.of("found", DataType.FP32, -1)))
                .holding(TorchModels.bytes("lookup"));
    }

    /** A run of this runtime can't be stopped; the longest that the contract starts ends by itself, in seconds. */
    @Override
    protected ModelArtifact slow(Path place) {
        return TorchModels.artifact(
                        place,
                        TorchModels.signature(
                                TensorSpec.of("iterations", DataType.INT64, 1), TensorSpec.of("y", DataType.FP32, 1)))
                .holding(TorchModels.bytes("slow"));
    }

    private static Tensor only(LoadedModel model, Tensor... inputs) {
        String output = model.signature().outputs().getFirst().name();
        return model.run(List.of(inputs), List.of(output), new Cancellation())
                .outputs()
                .getFirst();
    }

    @ParameterizedTest
    @EnumSource(names = {"BOOL", "UINT8", "INT8", "INT32", "INT64", "FP16", "FP32", "FP64"})
    void shouldCarryEveryBitOfADatatypeThroughTheRuntime(DataType datatype) {
        byte[] bytes = new byte[16 * datatype.bytes()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (datatype == DataType.BOOL ? i % 2 : i * 37 + 11);
        }

        try (LoadedModel model = format.load(TorchModels.vector(directory, "identity", datatype, datatype))) {
            Tensor y = only(model, Tensors.raw("x", datatype, bytes));

            assertThat(y.datatype()).isEqualTo(datatype);
            assertThat(Tensors.bytes(y)).isEqualTo(bytes);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INT16", "UINT16", "UINT32", "UINT64", "BF16", "BYTES"})
    void shouldRefuseDatatypesThatWouldEndTheProcess(DataType datatype) {
        ModelArtifact artifact = TorchModels.vector(directory, "identity", datatype, DataType.FP32);

        assertThatThrownBy(() -> format.load(artifact))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("input 'x' is promised as " + datatype + ", which DJL's PyTorch engine can't carry");
    }

    @ParameterizedTest
    @CsvSource({"to_int16, unknown", "to_bfloat16, unknown", "to_complex64, complex64", "to_float64, float64"})
    void shouldRefuseAnOutputOfAnotherTypeThanPromised(String file, String type) {
        ModelArtifact artifact = TorchModels.vector(directory, file, DataType.FP32, DataType.FP32);

        assertThatThrownBy(() -> format.load(artifact))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("output 'y' is promised as FP32, but the model gave " + type);
    }

    @Test
    void shouldRefuseASparseOutput() {
        ModelArtifact artifact = TorchModels.vector(directory, "sparse", DataType.FP32, DataType.FP32);

        assertThatThrownBy(() -> format.load(artifact))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("output 'y' is sparse");
    }

    @Test
    void shouldRefuseAnOutputOfAnotherShapeThanPromised() {
        ModelArtifact artifact = TorchModels.artifact(directory, TorchModels.linearSignature(DataType.INT64, -1, 1))
                .holding(TorchModels.bytes("linear"));

        assertThatThrownBy(() -> format.load(artifact))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("output 'label' is promised with shape [-1, 1], but the model gave [1]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"linear", "linear_as_list", "linear_by_name"})
    void shouldFindOutputsInWhateverTheyComeAs(String file) {
        try (LoadedModel model = format.load(TorchModels.linear(directory, file))) {
            List<Tensor> outputs = model.run(
                            List.of(Tensors.fp32("features", new long[] {1, 3}, 1, 2, 3)),
                            List.of("label", "scores"),
                            new Cancellation())
                    .outputs();

            assertThat(Tensors.longs(outputs.get(0))).containsExactly(0);
            assertThat(Tensors.floats(outputs.get(1))).containsExactly(4, -1);
        }
    }

    @Test
    void shouldGiveRowMajorElementsOfATensorThatLiesOtherwise() {
        ModelArtifact artifact = TorchModels.artifact(
                        directory,
                        TorchModels.signature(
                                TensorSpec.of("x", DataType.FP32, 2, 3), TensorSpec.of("y", DataType.FP32, 3, 2)))
                .holding(TorchModels.bytes("transposed"));

        try (LoadedModel model = format.load(artifact)) {
            Tensor y = only(model, Tensors.fp32("x", new long[] {2, 3}, 1, 2, 3, 4, 5, 6));

            assertThat(y.shape()).isEqualTo(Shape.of(3, 2));
            assertThat(Tensors.floats(y)).containsExactly(1, 4, 2, 5, 3, 6);
        }
    }

    @Test
    void shouldHandInputsOverInTheManifestsOrder() {
        try (LoadedModel model = format.load(difference("minuend", "subtrahend"))) {
            Tensor y = only(model, Tensors.fp32("subtrahend", 1, 1), Tensors.fp32("minuend", 5, 7));

            assertThat(Tensors.floats(y)).containsExactly(4, 6);
        }
    }

    @Test
    void shouldHandOverWhatTheModelNeedNotBeGiven() {
        try (LoadedModel model = format.load(difference("left", "right", "scale"))) {
            Tensor y =
                    only(model, Tensors.fp32("left", 5, 7), Tensors.fp32("right", 1, 1), Tensors.fp32("scale", 2, 3));

            assertThat(Tensors.floats(y)).containsExactly(8, 18);
        }
    }

    @Test
    void shouldRefuseInputsInAnotherOrderThanTheModelNamesThem() {
        assertThatThrownBy(() -> format.load(difference("right", "left")))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the manifest lists the inputs in another order than the model takes them:"
                        + " (left, right, [scale])");
    }

    @Test
    void shouldRefuseTooFewInputs() {
        assertThatThrownBy(() -> format.load(difference("left")))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the model takes (left, right, [scale]), but the manifest lists 1 inputs");
    }

    private ModelArtifact difference(String... inputs) {
        return TorchModels.artifact(
                        directory,
                        new ModelSignature(
                                Stream.of(inputs)
                                        .map(name -> TensorSpec.of(name, DataType.FP32, -1))
                                        .toList(),
                                List.of(TensorSpec.of("difference", DataType.FP32, -1)),
                                false))
                .holding(TorchModels.bytes("difference"));
    }

    @Test
    void shouldRefuseAnotherNumberOfOutputsThanTheModelGives() {
        ModelArtifact artifact = TorchModels.artifact(
                        directory,
                        TorchModels.signature(
                                TensorSpec.of("features", DataType.FP32, -1, 3),
                                TensorSpec.of("scores", DataType.FP32, -1, 2)))
                .holding(TorchModels.bytes("linear"));

        assertThatThrownBy(() -> format.load(artifact))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the model gives 2 outputs, but the manifest lists 1");
    }

    @Test
    void shouldRefuseAModelThatFailsOnItsFirstGoldenSample() {
        GoldenSample sample = new GoldenSample(
                "too high", List.of(Tensors.int64("index", 101)), List.of(Tensors.fp32("found", 1)), 0, 0);
        ModelArtifact artifact = TorchModels.artifact(
                        directory,
                        TorchModels.signature(
                                TensorSpec.of("index", DataType.INT64, -1), TensorSpec.of("found", DataType.FP32, -1)))
                .golden(sample)
                .holding(TorchModels.bytes("lookup"));

        assertThatThrownBy(() -> format.load(artifact))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the model failed on this request");
    }

    @Test
    void shouldOwnWhatAModelKeepsFromOneRunToTheNext() {
        try (LoadedModel model = format.load(TorchModels.vector(directory, "keeper", DataType.FP32, DataType.FP32))) {
            Tensor.Fixed first = Tensors.fp32("x", 1, 2);
            only(model, first);
            first.data().putFloat(0, Float.NaN);

            assertThat(Tensors.floats(only(model, Tensors.fp32("x", 3)))).containsExactly(1, 2);
        }
    }

    @ParameterizedTest
    @CsvSource({"CUDA, 1, ALL, false", "CPU, 2, ALL, false", "CPU, 1, NONE, false", "CPU, 1, ALL, true"})
    void shouldRefuseSettingsThatItCannotFollow(
            SessionSettings.ExecutionProvider provider,
            int threads,
            SessionSettings.GraphOptimization optimization,
            boolean deterministic) {
        ModelArtifact artifact = TorchModels.artifact(directory, TorchModels.linearSignature(DataType.INT64, -1))
                .session(new SessionSettings(provider, threads, optimization, deterministic))
                .holding(TorchModels.bytes("linear"));

        assertThatThrownBy(() -> format.load(artifact)).isInstanceOf(ArtifactRejected.class);
    }

    @Test
    void shouldComputeOnTheCallersThreadOnly() throws IOException {
        try (LoadedModel model = format.load(slow(directory))) {
            only(model, Tensors.int64("iterations", 20_000_000));
            long before = threads();

            only(model, Tensors.int64("iterations", 20_000_000));

            assertThat(threads()).isLessThanOrEqualTo(before);
        }
    }

    private static long threads() throws IOException {
        return status("Threads:");
    }

    @Test
    void shouldGiveBackWhatRunsTook() throws IOException {
        byte[] bytes = new byte[1 << 20];
        try (LoadedModel model = format.load(TorchModels.vector(directory, "identity", DataType.INT8, DataType.INT8))) {
            Tensor x = Tensors.raw("x", DataType.INT8, bytes);
            for (int i = 0; i < 200; i++) {
                only(model, x);
            }
            long before = status("VmRSS:");

            for (int i = 0; i < 1000; i++) {
                only(model, x);
            }

            assertThat(status("VmRSS:") - before).isLessThan(300 << 10);
        }
    }

    @Test
    void shouldGiveBackWhatFailedRunsTook() throws IOException {
        try (LoadedModel model = format.load(lookup(directory))) {
            long[] index = new long[1 << 17];
            index[0] = 101;
            Tensor x = Tensors.int64("index", index);
            fail(model, x, 200);
            long before = status("VmRSS:");

            fail(model, x, 1000);

            assertThat(status("VmRSS:") - before).isLessThan(300 << 10);
        }
    }

    private static void fail(LoadedModel model, Tensor input, int times) {
        for (int i = 0; i < times; i++) {
            assertThatThrownBy(() -> only(model, input)).hasMessage("the model failed on this request");
        }
    }

    /** Returns a line of the process' status, in its own unit: threads, or KiB. */
    private static long status(String key) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            String line = lines.filter(each -> each.startsWith(key)).findFirst().orElseThrow();
            return Long.parseLong(line.replaceAll("\\D", ""));
        }
    }
}
