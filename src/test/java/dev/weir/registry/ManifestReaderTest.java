package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.failure.ArtifactRejected;
import dev.weir.fixture.Examples;
import dev.weir.inference.DataType;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.TensorSpec;
import dev.weir.inference.VersionRef;
import dev.weir.servable.GoldenSample;
import dev.weir.servable.Lineage;
import dev.weir.servable.ModelManifest;
import dev.weir.servable.SessionSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestReaderTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SHA = "0123456789abcdef".repeat(4);

    private static final String MANIFEST = """
            {
              "schema_version": "1.0",
              "model": "iris",
              "version": "2",
              "format": "onnx",
              "files": [{"path": "model.onnx", "sha256": "%s", "bytes": 648}],
              "signature": {
                "batch_axis": 0,
                "inputs": [{"name": "features", "datatype": "FP32", "shape": [-1, 2], "features": ["a", "b"]}],
                "outputs": [{"name": "label", "datatype": "INT64", "shape": [-1], "labels": ["no", "yes"]}]
              },
              "session": {"execution_provider": "cpu", "intra_op_threads": 2, "graph_optimization": "basic"},
              "golden": [
                {
                  "name": "one",
                  "inputs": [{"name": "features", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]}],
                  "outputs": [{"name": "label", "datatype": "INT64", "shape": [1], "data": [1]}],
                  "tolerance": {"absolute": 0.5, "relative": 0.25}
                }
              ],
              "lineage": {
                "code": {"revision": "abc"},
                "training_data": {"reference": "iris", "rows": 150},
                "metrics": {"accuracy": 0.9}
              }
            }
            """.formatted(SHA);

    static Stream<Path> examples() throws IOException {
        try (Stream<Path> files = Files.walk(Examples.REGISTRY)) {
            return files.filter(file -> file.endsWith("manifest.json")).sorted().toList().stream();
        }
    }

    private static ModelManifest read(String json) {
        return ManifestReader.read(json.getBytes(StandardCharsets.UTF_8));
    }

    private static String refusal(String json) {
        return catchThrowableOfType(ArtifactRejected.class, () -> read(json)).publicMessage();
    }

    /** Returns the manifest with the value at a pointer replaced; {@code -} removes it. */
    private static String with(String pointer, String value) {
        try {
            JsonNode root = JSON.readTree(MANIFEST);
            int cut = pointer.lastIndexOf('/');
            String name = pointer.substring(cut + 1);
            JsonNode parent = root.at(pointer.substring(0, cut));
            if (parent instanceof ArrayNode array) {
                array.set(Integer.parseInt(name), JSON.readTree(value));
            } else if (value.equals("-")) {
                ((ObjectNode) parent).remove(name);
            } else {
                ((ObjectNode) parent).set(name, JSON.readTree(value));
            }
            return root.toString();
        } catch (IOException e) {
            throw new IllegalArgumentException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("examples")
    void shouldReadEveryExample(Path file) throws IOException {
        ModelManifest manifest = ManifestReader.read(Files.readAllBytes(file));

        Path version = file.getParent();
        assertThat(manifest.ref())
                .isEqualTo(new VersionRef(
                        version.getParent().getFileName().toString(),
                        version.getFileName().toString()));
        assertThat(manifest.golden()).isNotEmpty();
    }

    @Test
    void shouldReadTheSignature() {
        ModelManifest manifest = read(MANIFEST);

        assertThat(manifest.signature().batched()).isTrue();
        assertThat(manifest.signature().inputs()).singleElement().satisfies(features -> {
            assertThat(features.name()).isEqualTo("features");
            assertThat(features.datatype()).isEqualTo(DataType.FP32);
            assertThat(features.shape()).isEqualTo(ShapePattern.of(-1, 2));
            assertThat(features.features()).containsExactly("a", "b");
            assertThat(features.nonFinite()).isEqualTo(TensorSpec.NonFinite.FORBID);
        });
        assertThat(manifest.signature().outputs().getFirst().labels()).containsExactly("no", "yes");
    }

    @Test
    void shouldReadHowToRunIt() {
        assertThat(read(MANIFEST).session())
                .isEqualTo(new SessionSettings(
                        SessionSettings.ExecutionProvider.CPU, 2, SessionSettings.GraphOptimization.BASIC, false));
    }

    @Test
    void shouldReadGoldenSamples() {
        GoldenSample sample = read(MANIFEST).golden().getFirst();

        assertThat(sample.name()).isEqualTo("one");
        assertThat(sample.absolute()).isEqualTo(0.5);
        assertThat(sample.relative()).isEqualTo(0.25);
        assertThat(sample.inputs()).hasSize(1);
    }

    @Test
    void shouldReadTheLineage() {
        Lineage lineage = read(MANIFEST).lineage();

        assertThat(lineage.code().revision()).isEqualTo("abc");
        assertThat(lineage.trainingData().rows()).isEqualTo(150);
        assertThat(lineage.metrics()).containsEntry("accuracy", 0.9);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/session", "/golden", "/lineage", "/description", "/lineage/code", "/lineage/training_data"})
    void shouldDoWithoutWhatIsOptional(String pointer) {
        assertThat(read(with(pointer, "-")).ref()).isEqualTo(new VersionRef("iris", "2"));
    }

    @Test
    void shouldRunAsUsualWhenNothingIsSaid() {
        assertThat(read(with("/session", "-")).session()).isEqualTo(SessionSettings.DEFAULT);
        assertThat(read(with("/session", "{}")).session()).isEqualTo(SessionSettings.DEFAULT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.0", "1.1", "1.42"})
    void shouldReadEverySchemaOfItsMajorVersion(String version) {
        assertThat(read(with("/schema_version", "\"" + version + "\"")).format())
                .isEqualTo("onnx");
    }

    @ParameterizedTest
    @EnumSource
    void shouldTakeNonFiniteValuesWhereItIsSaid(TensorSpec.NonFinite values) {
        String word = '"' + values.name().toLowerCase(Locale.ROOT) + '"';

        assertThat(read(with("/signature/inputs/0/non_finite", word))
                        .signature()
                        .inputs()
                        .getFirst()
                        .nonFinite())
                .isEqualTo(values);
    }

    @ParameterizedTest
    @CsvSource({
        "/schema_version, schema_version",
        "/model, model",
        "/version, version",
        "/format, format",
        "/files, files",
        "/files/0/path, files[0].path",
        "/files/0/sha256, files[0].sha256",
        "/files/0/bytes, files[0].bytes",
        "/signature, signature",
        "/signature/inputs, signature.inputs",
        "/signature/outputs, signature.outputs",
        "/signature/inputs/0/name, signature.inputs[0].name",
        "/signature/inputs/0/datatype, signature.inputs[0].datatype",
        "/signature/outputs/0/shape, signature.outputs[0].shape",
        "/golden/0/inputs, golden[0].inputs",
        "/golden/0/outputs, golden[0].outputs",
        "/golden/0/inputs/0/name, golden[0].inputs[0].name",
        "/golden/0/inputs/0/datatype, golden[0].inputs[0].datatype",
        "/golden/0/inputs/0/shape, golden[0].inputs[0].shape",
        "/golden/0/outputs/0/data, golden[0].outputs[0].data",
        "/lineage/training_data/reference, lineage.training_data.reference",
    })
    void shouldNameAMissingField(String pointer, String field) {
        assertThat(refusal(with(pointer, "-"))).isEqualTo("manifest: field '" + field + "' is missing");
    }

    @ParameterizedTest
    @CsvSource({
        "/modle, modle",
        "/session/threads, session.threads",
        "/files/0/md5, files[0].md5",
        "/signature/inputs/0/dtype, signature.inputs[0].dtype",
        "/lineage/code/class, lineage.code.class",
        "/golden/0/tolerance/rel, golden[0].tolerance.rel",
    })
    void shouldNameAnUnknownField(String pointer, String field) {
        assertThat(refusal(with(pointer, "1"))).isEqualTo("manifest: unknown field '" + field + "'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/version | 2 | version",
                "/version | 2.5 | version",
                "/model | true | model",
                "/model | [\"iris\"] | model",
                "/schema_version | 1.0 | schema_version",
                "/files | {} | files",
                "/files/0 | \"model.onnx\" | files[0]",
                "/files/0/bytes | \"648\" | files[0].bytes",
                "/files/0/bytes | 648.0 | files[0].bytes",
                "/files/0/bytes | 1e3 | files[0].bytes",
                "/files/0/bytes | 99999999999999999999 | files[0].bytes",
                "/signature/batch_axis | \"0\" | signature.batch_axis",
                "/signature/batch_axis | false | signature.batch_axis",
                "/signature/batch_axis | \"\" | signature.batch_axis",
                "/signature | \"\" | signature",
                "/signature/inputs/0/shape | 2 | signature.inputs[0].shape",
                "/signature/inputs/0/shape/0 | \"-1\" | signature.inputs[0].shape[0]",
                "/signature/inputs/0/features/1 | 7 | signature.inputs[0].features[1]",
                "/session/deterministic | \"true\" | session.deterministic",
                "/session/deterministic | 1 | session.deterministic",
                "/session/intra_op_threads | 1.5 | session.intra_op_threads",
                "/session/intra_op_threads | 99999999999 | session.intra_op_threads",
                "/golden/0/tolerance/absolute | \"1\" | golden[0].tolerance.absolute",
                "/lineage/metrics/accuracy | \"high\" | lineage.metrics.accuracy",
                "/lineage/training_data/rows | \"150\" | lineage.training_data.rows",
            })
    void shouldNameAFieldOfTheWrongType(String pointer, String value, String field) {
        assertThat(refusal(with(pointer, value))).isEqualTo("manifest: field '" + field + "' has the wrong type");
    }

    @ParameterizedTest
    @CsvSource({
        "/files/0, files[0]",
        "/signature/inputs/0, signature.inputs[0]",
        "/signature/inputs/0/shape/1, signature.inputs[0].shape[1]",
        "/signature/inputs/0/features/0, signature.inputs[0].features[0]",
        "/signature/outputs/0/labels/0, signature.outputs[0].labels[0]",
        "/golden/0, golden[0]",
        "/golden/0/inputs/0, golden[0].inputs[0]",
        "/golden/0/inputs/0/shape/0, golden[0].inputs[0].shape[0]",
        "/lineage/metrics/accuracy, lineage.metrics.accuracy",
    })
    void shouldNameANullWhereAValueBelongs(String pointer, String field) {
        assertThat(refusal(with(pointer, "null"))).isEqualTo("manifest: field '" + field + "' must not be null");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/schema_version | \"2.0\" | schema_version must be 1.x",
                "/schema_version | \"1\" | schema_version must be 1.x",
                "/schema_version | \"1.0-beta\" | schema_version must be 1.x",
                "/model | \"../iris\" | model: a name has",
                "/version | \"..\" | version: a name has",
                "/version | \"\" | version: a name has",
                "/files | [] | a manifest lists at least one file",
                "/files/0/sha256 | \"abc\" | file 'model.onnx' needs a SHA-256 of 64 hexadecimal digits",
                "/files/0/bytes | -1 | file 'model.onnx' has a negative size",
                "/signature/batch_axis | 1 | signature.batch_axis must be 0 or null",
                "/signature/inputs | [] | a signature needs at least one input",
                "/signature/inputs/0/name | \" \" | signature.inputs[0]: a tensor's name must not be blank",
                "/signature/inputs/0/datatype | \"FLOAT\" | signature.inputs[0].datatype: unknown datatype",
                "/signature/inputs/0/shape | [-1, 3] | signature.inputs[0]: tensor 'features' names 2 features,",
                "/signature/inputs/0/shape | [-1, -2] | signature.inputs[0]: a promised dimension must be -1 or more",
                "/signature/inputs/0/features | [\"a\", \"a\"] | signature.inputs[0]: tensor 'features' names a feature twice",
                "/signature/outputs/0/shape | [] | output 'label' is a scalar and has no batch axis",
                "/signature/inputs/0/non_finite | \"maybe\" | signature.inputs[0].non_finite must be forbid, nan or allow",
                "/session/execution_provider | \"tpu\" | session.execution_provider is none of the words",
                "/session/execution_provider | \"CPU\" | session.execution_provider is none of the words",
                "/session/graph_optimization | \"\" | session.graph_optimization is none of the words",
                "/session/intra_op_threads | 0 | intra_op_threads must be 1 to 256",
                "/session/intra_op_threads | 257 | intra_op_threads must be 1 to 256",
                "/golden/0/outputs | [] | golden sample 'one' expects no output",
                "/golden/0/tolerance/absolute | -1 | golden sample 'one' has a tolerance that is no number >= 0",
                "/golden/0/tolerance/relative | \"NaN\" | golden sample 'one' has a tolerance that is no number >= 0",
                "/golden/0/inputs/0/datatype | \"FLOAT\" | golden[0].inputs[0].datatype: unknown datatype",
                "/golden/0/inputs/0/shape | [-1, 2] | golden[0].inputs[0].shape: a dimension must not be negative",
                "/golden/0/inputs/0/shape | [1, 3] | golden[0].inputs[0].data: shape [1, 3] takes more elements",
                "/golden/0/inputs/0/shape | [1, 1] | golden[0].inputs[0].data: shape [1, 1] takes exactly 1 elements",
                "/golden/0/inputs/0/data | [1, \"2\"] | golden[0].inputs[0].data[1]: the element must be a number",
                "/golden/0/inputs/0/data | [[1], [2]] | golden[0].inputs[0].data: nested data must be nested",
                "/golden/0/inputs/0/data | 1 | golden[0].inputs[0].data: a tensor's data is an array",
                "/golden/0/inputs/0/data | null | golden[0].inputs[0].data: a tensor's data is an array",
                "/golden/0/outputs/0/data | [1.0] | golden[0].outputs[0].data[0]: the element must be an integer",
            })
    void shouldNameAFieldWithAWrongValue(String pointer, String value, String message) {
        assertThat(refusal(with(pointer, value))).startsWith("manifest: " + message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/etc/passwd",
                "../model.onnx",
                "a/../../b",
                ".",
                "..",
                "a//b",
                "a/",
                "",
                "a\\\\b",
                ".hidden",
                "C:/x",
                "a/.b",
                "a b",
                "mod\u00e9l.onnx",
                "a%2fb"
            })
    void shouldRefuseAPathThatLeavesItsDirectory(String path) {
        assertThat(refusal(with("/files/0/path", "\"" + path + "\"")))
                .isEqualTo("manifest: a file's path is relative, of A-Z a-z 0-9 . _ - and /");
    }

    @Test
    void shouldRefuseAFileThatIsListedTwice() throws IOException {
        JsonNode file = JSON.readTree(MANIFEST).at("/files/0");

        assertThat(refusal(with("/files", "[" + file + "," + file + "]")))
                .isEqualTo("manifest: a manifest lists a file twice");
    }

    @Test
    void shouldRefuseATensorThatIsNamedTwice() throws IOException {
        JsonNode input = JSON.readTree(MANIFEST).at("/signature/inputs/0");

        assertThat(refusal(with("/signature/inputs", "[" + input + "," + input + "]")))
                .isEqualTo("manifest: input 'features' occurs twice");
    }

    @Test
    void shouldNameADuplicateField() {
        assertThat(refusal(MANIFEST.replace("\"version\": \"2\",", "\"version\": \"2\",\n  \"version\": \"3\",")))
                .isEqualTo("manifest: duplicate field 'version', line 5");
    }

    @Test
    void shouldNameADuplicateFieldDeepInside() {
        assertThat(refusal(MANIFEST.replace("\"batch_axis\": 0,", "\"batch_axis\": 0, \"batch_axis\": 0,")))
                .isEqualTo("manifest: duplicate field 'batch_axis', line 8");
    }

    @Test
    void shouldSayWhereTheJsonIsBroken() {
        assertThat(refusal(MANIFEST.replace("\"rows\": 150", "\"rows\": 150,,")))
                .startsWith("manifest: no valid JSON, line ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "null", "[]", "7", "\"manifest\"", "true"})
    void shouldRefuseWhatIsNoObject(String json) {
        assertThat(refusal(json)).isEqualTo("manifest: must be one JSON object, and nothing after it");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "7", "\"x\"", "null"})
    void shouldRefuseMoreAfterTheManifest(String more) {
        assertThat(refusal(MANIFEST + more)).isEqualTo("manifest: must be one JSON object, and nothing after it");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[1000000000]", "[1000000, 1000000]", "[9223372036854775807]", "[4294967296, 4294967296]"})
    void shouldTakeNoMemoryForWhatAShapeOnlyClaims(String shape) {
        assertThat(refusal(with("/golden/0/inputs/0/shape", shape))).startsWith("manifest: golden[0].inputs[0].");
    }

    @Test
    void shouldRefuseJsonThatIsNestedTooDeeply() {
        assertThat(refusal(with("/golden/0/inputs/0/data", "[".repeat(900) + "1" + "]".repeat(900))))
                .startsWith("manifest: golden[0].inputs[0].data: ");
        assertThat(refusal(MANIFEST.replace("\"data\": [1, 2]", "\"data\": " + "[".repeat(100_000))))
                .isEqualTo("manifest: is nested too deeply, or holds too long a number or text, or more than 500000"
                        + " values");
    }

    @Test
    void shouldNeverFailWithAnythingButARefusal() throws IOException {
        Random random = new Random(20_260_101);
        List<byte[]> originals = new ArrayList<>(List.of(MANIFEST.getBytes(StandardCharsets.UTF_8)));
        for (Path example : examples().toList()) {
            originals.add(Files.readAllBytes(example));
        }
        int refused = 0;
        for (int i = 0; i < 3_000; i++) {
            byte[] mutated = mutate(originals.get(random.nextInt(originals.size())), random);

            Throwable thrown = catchThrowable(() -> ManifestReader.read(mutated));

            if (thrown != null) {
                assertThat(thrown)
                        .as(() -> new String(mutated, StandardCharsets.UTF_8))
                        .isInstanceOf(ArtifactRejected.class);
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(1_500);
    }

    private static byte[] mutate(byte[] original, Random random) {
        StringBuilder text = new StringBuilder(new String(original, StandardCharsets.UTF_8));
        String[] pieces = {
            "null",
            "{}",
            "[]",
            "\"\"",
            "-1",
            "1e400",
            "99999999999999999999",
            "0.5",
            "true",
            "\"\\ud800\"",
            ",",
            "}",
            "[[[[",
            "\"NaN\"",
            "\u0000",
            "\ud83d\ude00",
            "/",
            "\\",
            "9223372036854775807",
            "-"
        };
        for (int i = random.nextInt(3); i >= 0; i--) {
            int at = random.nextInt(text.length());
            int end = Math.min(text.length(), at + 1 + random.nextInt(8));
            switch (random.nextInt(6)) {
                case 0 -> text.delete(at, end);
                case 1 -> text.insert(at, text.substring(at, end));
                case 2 -> text.setCharAt(at, (char) (' ' + random.nextInt(95)));
                case 3 -> text.setLength(Math.max(1, at));
                default -> replaceValue(text, at, pieces[random.nextInt(pieces.length)]);
            }
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Replaces the value of the next field after a place. */
    private static void replaceValue(StringBuilder text, int from, String piece) {
        int colon = text.indexOf(":", from);
        if (colon < 0) {
            return;
        }
        int begin = colon + 1;
        int end = begin;
        while (end < text.length() && ",}]\n".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        text.replace(begin, end, piece);
    }
}
