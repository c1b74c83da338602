package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ArtifactRejected;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MlmodelReaderTest {

    private static Mlmodel read(String yaml) {
        return MlmodelReader.read(yaml.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void shouldReadASignatureOfTensorsAndColumns() {
        Mlmodel mlmodel = read("""
                flavors:
                  onnx: {data: model.onnx}
                signature:
                  inputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 4]}}]'
                  outputs: '[{"type": "long", "name": "label", "required": true}]'
                """);

        assertThat(mlmodel.onnxFile()).isEqualTo("model.onnx");
        assertThat(mlmodel.inputs()).singleElement().satisfies(spec -> assertThat(spec.shape())
                .containsExactly(-1L, 4L));
        assertThat(mlmodel.outputs()).singleElement().satisfies(spec -> assertThat(spec.isColumn())
                .isTrue());
    }

    @Test
    void shouldDoWithoutASignature() {
        assertThat(read("flavors: {onnx: {data: model.onnx}}").inputs()).isNull();
    }

    @Test
    void shouldSayWhichFlavorsThereAreInstead() {
        assertThatThrownBy(() -> read("flavors: {python_function: {}, sklearn: {}}"))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("MLmodel: has no flavor 'onnx', only python_function, sklearn; convert the model to ONNX"
                        + " and log it with mlflow.onnx.log_model");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "flavors: 7",
                "{{",
                "flavors: {onnx: {data: a}, onnx: {data: b}}",
                "flavors: {onnx: {data: a}}\nsignature: {inputs: '{'}",
                "flavors: {onnx: {data: a}}\nsignature: {inputs: '{}'}",
                "flavors: {onnx: {data: a}}\nsignature: {inputs: '[{\"tensor-spec\": {\"shape\": [\"x\"]}}]'}",
                "flavors: !!javax.script.ScriptEngineManager [!!java.net.URL [\"http://127.0.0.1:1/\"]]"
            })
    void shouldRefuseWhatIsNoMlmodel(String yaml) {
        assertThatThrownBy(() -> read(yaml))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessageStartingWith("MLmodel: ");
    }
}
