package dev.weir.format;

import static dev.weir.fixture.OnnxBytes.join;
import static dev.weir.fixture.OnnxBytes.number;
import static dev.weir.fixture.OnnxBytes.part;
import static dev.weir.fixture.OnnxBytes.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ArtifactRejected;
import dev.weir.fixture.Artifacts;
import dev.weir.fixture.FixedComputeConfig;
import dev.weir.fixture.Tensors;
import dev.weir.inference.DataType;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorSpec;
import dev.weir.servable.ArtifactDigests;
import dev.weir.servable.ArtifactFile;
import dev.weir.servable.Cancellation;
import dev.weir.servable.LoadGate;
import dev.weir.servable.LoadedModel;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelFormat;
import dev.weir.servable.ModelManifest;
import dev.weir.servable.Servable;
import dev.weir.servable.ServableBoard;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class OnnxExternalDataTest {

    private static final String WEIGHTS = "weights.bin";

    @TempDir
    Path directory;

    private final OnnxFormat format = new OnnxFormat();

    /** Puts a model in place, and the weights beside it, which the manifest lists or not. */
    private ModelArtifact artifact(byte[] model, boolean listed) throws IOException {
        ModelArtifact alone = Artifacts.in(directory.resolve("version"))
                .promising(TensorSpec.of("x", DataType.FP32, 2), "y")
                .holding(model);
        ByteBuffer weights = ByteBuffer.allocate(2 * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        weights.putFloat(2).putFloat(3);
        Files.write(alone.directory().resolve(WEIGHTS), weights.array());
        Files.write(directory.resolve(WEIGHTS), weights.array());
        if (!listed) {
            return alone;
        }
        ModelManifest manifest = alone.manifest();
        List<ArtifactFile> files = new ArrayList<>(manifest.files());
        files.add(new ArtifactFile(WEIGHTS, ArtifactDigests.sha256(weights.array()), weights.capacity()));
        return new ModelArtifact(
                new ModelManifest(
                        manifest.ref(),
                        manifest.format(),
                        manifest.description(),
                        files,
                        manifest.signature(),
                        manifest.session(),
                        manifest.golden(),
                        manifest.lineage()),
                alone.directory(),
                alone.digest());
    }

    /** Returns a model that multiplies {@code x} by an initializer of two floats in another file. */
    private static byte[] scale(String location) {
        byte[] node = join(text(1, "x"), text(1, "w"), text(2, "y"), text(4, "Mul"));
        byte[] weights = join(number(1, 2), number(2, 1), text(8, "w"), external(location));
        byte[] graph = join(
                part(1, node),
                text(2, "graph"),
                part(5, weights),
                part(11, join(text(1, "x"), part(2, floats()))),
                part(12, join(text(1, "y"), part(2, floats()))));
        return join(number(1, 9), part(7, graph), part(8, join(text(1, ""), number(2, 20))));
    }

    private static byte[] floats() {
        return part(1, join(number(1, 1), part(2, part(1, number(1, 2)))));
    }

    private static byte[] external(String location) {
        return join(part(13, join(text(1, "location"), text(2, location))), number(14, 1));
    }

    private static void assertRefused(ModelArtifact artifact, String location) {
        assertThatThrownBy(() -> OnnxInspection.require(artifact))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the model keeps weights in '" + location
                        + "', which is none of the files that the manifest lists");
    }

    @Test
    void shouldLoadWeightsThatTheManifestLists() throws IOException {
        try (LoadedModel model = format.load(artifact(scale(WEIGHTS), true))) {
            Tensor y = model.run(List.of(Tensors.fp32("x", 10, 100)), List.of("y"), new Cancellation())
                    .outputs()
                    .getFirst();

            assertThat(Tensors.floats(y)).containsExactly(20, 300);
        }
    }

    @Test
    void shouldAnswerAlikeAfterSharedWeightsWereWrittenOver() throws IOException {
        ModelArtifact shared = artifact(scale(WEIGHTS), true).inSharedDirectory();
        AtomicReference<LoadedModel> loaded = new AtomicReference<>();
        ModelFormat watched = new OnnxFormat() {
            @Override
            public LoadedModel load(ModelArtifact artifact) {
                loaded.set(super.load(artifact));
                return loaded.get();
            }
        };
        LoadGate gate = new LoadGate(
                List.of(watched),
                new ServableBoard(),
                new SimpleMeterRegistry(),
                InstantSource.system(),
                System::nanoTime,
                FixedComputeConfig.warmingUp(1));
        Servable servable = gate.load(shared);

        try (FileChannel weights = FileChannel.open(shared.directory().resolve(WEIGHTS), StandardOpenOption.WRITE)) {
            weights.write(ByteBuffer.allocate(2 * Float.BYTES));
        }

        Tensor y = loaded.get()
                .run(List.of(Tensors.fp32("x", 10, 100)), List.of("y"), new Cancellation())
                .outputs()
                .getFirst();
        assertThat(Tensors.floats(y)).containsExactly(20, 300);
        servable.drain();
    }

    @Test
    void shouldRefuseToLoadWeightsThatTheManifestDoesNotList() throws IOException {
        ModelArtifact artifact = artifact(scale(WEIGHTS), false);

        assertThatThrownBy(() -> format.load(artifact))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessageStartingWith("the model keeps weights in 'weights.bin', which is none of the files");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../weights.bin",
                "/etc/passwd",
                "version/../weights.bin",
                "./weights.bin",
                "..\\weights.bin",
                "weights.bin\0",
                "*/_ORT_MEM_ADDR_/*",
                ""
            })
    void shouldRefuseWeightsAnywhereElse(String location) throws IOException {
        assertRefused(artifact(scale(location), true), location);
    }

    static Stream<Arguments> places() {
        byte[] tensor = external("hidden.bin");
        byte[] attribute = part(5, part(5, tensor));
        byte[] graph = part(5, tensor);
        return Stream.of(
                Arguments.of("initializer", part(7, part(5, tensor))),
                Arguments.of("values of a sparse initializer", part(7, part(15, part(1, tensor)))),
                Arguments.of("indices of a sparse initializer", part(7, part(15, part(2, tensor)))),
                Arguments.of("attribute", part(7, part(1, attribute))),
                Arguments.of("list in an attribute", part(7, part(1, part(5, part(10, tensor))))),
                Arguments.of("sparse tensor in an attribute", part(7, part(1, part(5, part(22, part(1, tensor)))))),
                Arguments.of("sparse tensors in an attribute", part(7, part(1, part(5, part(23, part(2, tensor)))))),
                Arguments.of("subgraph", part(7, part(1, part(5, part(6, graph))))),
                Arguments.of("list of subgraphs", part(7, part(1, part(5, part(11, graph))))),
                Arguments.of(
                        "subgraph of a subgraph",
                        part(7, part(1, part(5, part(6, part(1, part(5, part(6, part(1, attribute))))))))),
                Arguments.of(
                        "sparse initializer of a subgraph",
                        part(7, part(1, part(5, part(6, part(15, part(1, tensor))))))),
                Arguments.of("subgraph of a function", part(25, part(7, part(5, part(6, graph))))),
                Arguments.of("function", part(25, part(7, attribute))),
                Arguments.of("default of a function's attribute", part(25, part(11, part(5, tensor)))),
                Arguments.of("training", part(20, part(1, graph))),
                Arguments.of("training algorithm", part(20, part(2, graph))),
                Arguments.of("second graph", join(part(7, new byte[0]), part(7, graph))),
                Arguments.of(
                        "unmarked tensor",
                        part(7, part(5, part(13, join(text(1, "location"), text(2, "hidden.bin")))))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("places")
    void shouldFindATensorWhereverItHides(String place, byte[] model) throws IOException {
        assertRefused(artifact(model, true), "hidden.bin");
    }

    @Test
    void shouldLookAtEveryLocationOfATensor() throws IOException {
        byte[] tensor = join(external(WEIGHTS), external("hidden.bin"));

        assertRefused(artifact(part(7, part(5, tensor)), true), "hidden.bin");
    }

    @Test
    void shouldRefuseATensorElsewhereThatDoesNotSayWhere() throws IOException {
        ModelArtifact artifact = artifact(part(7, part(5, number(14, 1))), true);

        assertThatThrownBy(() -> OnnxInspection.require(artifact))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the model keeps weights in another file, but does not say in which");
    }

    @Test
    void shouldRefuseToBeLedTooDeep() throws IOException {
        byte[] graph = new byte[0];
        for (int i = 0; i < 200; i++) {
            graph = part(1, part(5, part(6, graph)));
        }
        ModelArtifact artifact = artifact(part(7, graph), true);

        assertThatThrownBy(() -> OnnxInspection.require(artifact))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the model is nested more than 100 deep");
    }

    @Test
    void shouldTakeModelsWithoutWeightsElsewhere() throws IOException {
        for (String model : List.of("linear", "slow", "phrases", "maps")) {
            ModelArtifact artifact = artifact(Artifacts.resource(model), false);

            assertThatCode(() -> OnnxInspection.require(artifact)).doesNotThrowAnyException();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.ort", "model.ORT"})
    void shouldRefuseTheRuntimesOwnFormat(String name) throws IOException {
        ModelArtifact onnx = artifact(Artifacts.resource("linear"), false);
        ModelManifest manifest = onnx.manifest();
        ArtifactFile file = manifest.files().getFirst();
        Files.move(onnx.model(), onnx.directory().resolve(name));
        ModelArtifact artifact = new ModelArtifact(
                new ModelManifest(
                        manifest.ref(),
                        manifest.format(),
                        manifest.description(),
                        List.of(new ArtifactFile(name, file.sha256(), file.bytes())),
                        manifest.signature(),
                        manifest.session(),
                        manifest.golden(),
                        manifest.lineage()),
                onnx.directory(),
                onnx.digest());

        assertThatThrownBy(() -> format.load(artifact))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("models in ONNX Runtime's own format (.ort) are not supported; use ONNX");
    }
}
