package dev.weir.registry.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weir.fixture.Described;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.TensorSpec;
import dev.weir.servable.ArtifactFile;
import dev.weir.servable.Lineage;
import dev.weir.servable.ModelManifest;
import dev.weir.servable.SessionSettings;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MetadataDiffTest {

    private static final ModelManifest ONE = Described.manifest(Described.FULL);

    private static ModelManifest with(ModelSignature signature, List<ArtifactFile> files, SessionSettings session) {
        return new ModelManifest(
                ONE.ref(), ONE.format(), ONE.description(), files, signature, session, ONE.golden(), ONE.lineage());
    }

    private static ModelSignature inputs(TensorSpec... inputs) {
        return new ModelSignature(List.of(inputs), ONE.signature().outputs(), true);
    }

    private static TensorSpec named(String... features) {
        return new TensorSpec(
                "x", DataType.FP32, ShapePattern.of(-1, 2), List.of(features), List.of(), TensorSpec.NonFinite.FORBID);
    }

    private static List<String> changes(ModelManifest from, ModelManifest to) {
        return MetadataDiff.between(Metadata.of(from), Metadata.of(to)).stream()
                .map(change -> change.field() + ": " + change.from() + " -> " + change.to())
                .toList();
    }

    static Stream<Arguments> changed() {
        return Stream.of(
                arguments(
                        "a datatype",
                        with(inputs(TensorSpec.of("x", DataType.FP64, -1, 2)), ONE.files(), ONE.session()),
                        List.of("signature.inputs.x.datatype: FP32 -> FP64")),
                arguments(
                        "an input renamed",
                        with(inputs(TensorSpec.of("z", DataType.FP32, -1, 2)), ONE.files(), ONE.session()),
                        List.of(
                                "signature.inputs: x -> z",
                                "signature.inputs.x.datatype: FP32 -> null",
                                "signature.inputs.x.non_finite: forbid -> null",
                                "signature.inputs.x.shape: [-1, 2] -> null",
                                "signature.inputs.z.datatype: null -> FP32",
                                "signature.inputs.z.non_finite: null -> forbid",
                                "signature.inputs.z.shape: null -> [-1, 2]")),
                arguments(
                        "features",
                        with(inputs(named("a", "b")), ONE.files(), ONE.session()),
                        List.of("signature.inputs.x.features: null -> a, b")),
                arguments(
                        "files",
                        with(
                                ONE.signature(),
                                List.of(new ArtifactFile("model.onnx", "1".repeat(64), 700)),
                                ONE.session()),
                        List.of(
                                "bytes: 648 -> 700",
                                "files.model.onnx.bytes: 648 -> 700",
                                "files.model.onnx.sha256: " + "0".repeat(64) + " -> " + "1".repeat(64))),
                arguments(
                        "session",
                        with(
                                ONE.signature(),
                                ONE.files(),
                                new SessionSettings(
                                        SessionSettings.ExecutionProvider.CPU,
                                        2,
                                        SessionSettings.GraphOptimization.ALL,
                                        true)),
                        List.of("session.deterministic: false -> true", "session.intra_op_threads: 1 -> 2")),
                arguments(
                        "all of the lineage but a metric",
                        Described.manifest(Described.metrics(Map.of("auc", 0.91, "log loss", 0.25))),
                        List.of(
                                "lineage.author: ada -> null",
                                "lineage.code.path: train.py -> null",
                                "lineage.code.repository: https://git.example/fraud -> null",
                                "lineage.code.revision: 4f1c2d7 -> null",
                                "lineage.code.sha256: " + "ab".repeat(32) + " -> null",
                                "lineage.created_at: 2026-03-01T00:00:00Z -> null",
                                "lineage.environment.python: 3.11 -> null",
                                "lineage.environment.scikit-learn: 1.9.1 -> null",
                                "lineage.project: fraud -> null",
                                "lineage.run.id: run-7 -> null",
                                "lineage.training_data.licence: CC BY 4.0 -> null",
                                "lineage.training_data.reference: s3://data/2026-03 -> null",
                                "lineage.training_data.rows: 150 -> null",
                                "lineage.training_data.sha256: " + "cd".repeat(32) + " -> null")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("changed")
    void shouldTellWhatChanged(String what, ModelManifest to, List<String> changes) {
        assertThat(changes(ONE, to)).containsExactlyElementsOf(changes);
    }

    @Test
    void shouldTellNothingOfEqualManifests() {
        assertThat(changes(ONE, Described.manifest(Described.FULL))).isEmpty();
    }

    @Test
    void shouldTellByHowMuchAMetricGrew() {
        Lineage better = Described.metrics(Map.of("auc", 0.95));
        Lineage worse = Described.metrics(Map.of("auc", 0.90, "f1", 0.5));

        List<MetadataDiff.Change> changes =
                MetadataDiff.between(Metadata.of(Described.manifest(better)), Metadata.of(Described.manifest(worse)));

        assertThat(changes).hasSize(2);
        assertThat(changes.getFirst().difference()).isCloseTo(-0.05, within(1e-9));
        assertThat(changes.getLast().difference()).isNull();
    }
}
