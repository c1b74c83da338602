package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ArtifactRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.TensorSpec;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MlflowSignatureTest {

    private static final TensorSpec LABEL = TensorSpec.of("label", DataType.INT64, -1);

    private static ModelSignature file(TensorSpec... inputs) {
        return new ModelSignature(List.of(inputs), List.of(LABEL), true);
    }

    private static Mlmodel mlmodel(@Nullable List<Mlmodel.Spec> inputs, @Nullable List<Mlmodel.Spec> outputs) {
        return new Mlmodel("model.onnx", inputs, outputs, null, null);
    }

    private static List<Mlmodel.Spec> columns(String... names) {
        return Arrays.stream(names).map(name -> new Mlmodel.Spec(name, null)).toList();
    }

    private static Mlmodel.Spec tensor(@Nullable String name, Long... shape) {
        return new Mlmodel.Spec(name, List.of(shape));
    }

    private static List<TensorSpec> inputs(List<Mlmodel.Spec> said, TensorSpec... inputs) {
        return MlflowSignature.of(mlmodel(said, null), file(inputs)).inputs();
    }

    @Test
    void shouldTakeWhatTheFileSaysWithoutASignature() {
        ModelSignature file = file(TensorSpec.of("x", DataType.FP32, -1, 4));

        assertThat(MlflowSignature.of(mlmodel(null, null), file)).isEqualTo(file);
    }

    @Test
    void shouldNameTheFeaturesOfAStackedTensor() {
        List<TensorSpec> inputs = inputs(columns("a", "b"), TensorSpec.of("x", DataType.FP32, -1, -1));

        assertThat(inputs).singleElement().satisfies(input -> {
            assertThat(input.features()).containsExactly("a", "b");
            assertThat(input.shape()).isEqualTo(ShapePattern.of(-1, 2));
        });
    }

    @Test
    void shouldLeaveInputsAsTheyAreWhenThereIsOneForEachColumn() {
        TensorSpec age = TensorSpec.of("age", DataType.FP32, -1, 1);
        TensorSpec city = TensorSpec.of("city", DataType.BYTES, -1, 1);

        assertThat(inputs(columns("city", "age"), age, city)).containsExactly(age, city);
    }

    @Test
    void shouldRefuseColumnsThatTheFileDoesNotTake() {
        assertThatThrownBy(() -> inputs(columns("a", "b"), TensorSpec.of("x", DataType.FP32, -1, 3)))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("MLmodel: signature.inputs says 2 columns, but the ONNX file takes 'x' FP32 [-1, 3]");
    }

    @Test
    void shouldRefuseAColumnThatOccursTwice() {
        assertThatThrownBy(() -> inputs(columns("a", "a"), TensorSpec.of("x", DataType.FP32, -1, 2)))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessageContaining("names a feature twice");
    }

    @Test
    void shouldCloseExtentsThatTheFileLeavesOpen() {
        assertThat(inputs(List.of(tensor(null, -1L, 4L)), TensorSpec.of("x", DataType.FP32, -1, -1)))
                .extracting(TensorSpec::shape)
                .containsExactly(ShapePattern.of(-1, 4));
    }

    @Test
    void shouldRefuseATensorOfAnotherShape() {
        assertThatThrownBy(() -> inputs(List.of(tensor(null, -1L, 5L)), TensorSpec.of("x", DataType.FP32, -1, 4)))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessageStartingWith("MLmodel: signature.inputs says no such input 'x' of that shape");
    }

    @Test
    void shouldRefuseTensorsThatTheFileDoesNotTake() {
        assertThatThrownBy(() ->
                        inputs(List.of(tensor("x", -1L), tensor("y", -1L)), TensorSpec.of("x", DataType.FP32, -1)))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessageStartingWith("MLmodel: signature.inputs says 2 tensors");
    }

    @Test
    void shouldTakeOutputsFromTheFileWhenTheSignatureMeansOthers() {
        ModelSignature file = file(TensorSpec.of("x", DataType.FP32, -1, 4));

        assertThat(MlflowSignature.of(mlmodel(null, List.of(tensor("score", -1L, 7L))), file)
                        .outputs())
                .containsExactly(LABEL);
    }
}
