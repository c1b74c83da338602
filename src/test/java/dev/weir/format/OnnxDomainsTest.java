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
import dev.weir.fixture.Tensors;
import dev.weir.servable.Cancellation;
import dev.weir.servable.LoadedModel;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class OnnxDomainsTest {

    private static final String CUSTOM = "ai.example.custom";

    @TempDir
    Path directory;

    private static byte[] node(String domain, byte[]... more) {
        return join(text(4, "Twist"), text(7, domain), join(more));
    }

    private static byte[] imports(String domain) {
        return join(text(1, domain), number(2, 1));
    }

    private static byte[] function(String domain, String name, byte[]... nodes) {
        byte[] body = join(Stream.of(nodes).map(node -> part(7, node)).toArray(byte[][]::new));
        return join(
                text(1, name),
                text(4, "a"),
                text(5, "b"),
                body,
                part(9, join(text(1, ""), number(2, 20))),
                text(10, domain));
    }

    private void inspect(byte[] model) {
        OnnxInspection.require(Artifacts.in(directory).holding(model));
    }

    static Stream<Arguments> places() {
        byte[] custom = node(CUSTOM);
        byte[] subgraph = part(5, part(6, part(1, custom)));
        return Stream.of(
                Arguments.of("graph", part(7, part(1, custom))),
                Arguments.of("subgraph", part(7, part(1, node("", subgraph)))),
                Arguments.of(
                        "one of several subgraphs", part(7, part(1, node("", part(5, part(11, part(1, custom))))))),
                Arguments.of(
                        "subgraph of a subgraph",
                        part(7, part(1, node("", part(5, part(6, part(1, node("", subgraph)))))))),
                Arguments.of("function", part(25, function("", "F", custom))),
                Arguments.of("subgraph of a function", part(25, function("", "F", node("", subgraph)))),
                Arguments.of("training", part(20, part(1, part(1, custom)))),
                Arguments.of("second graph", join(part(7, new byte[0]), part(7, part(1, custom)))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("places")
    void shouldFindAnOperatorThatIsNotBuiltIn(String place, byte[] model) {
        assertThatThrownBy(() -> inspect(model))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the model uses operator 'Twist' of domain 'ai.example.custom', which is not built in;"
                        + " custom operators are not supported");
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 25})
    void shouldRefuseToImportADomainThatIsNotBuiltIn(int field) {
        byte[] model = field == 8 ? part(8, imports(CUSTOM)) : part(25, join(text(1, "F"), part(9, imports(CUSTOM))));

        assertThatThrownBy(() -> inspect(model))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the model imports operators of domain 'ai.example.custom', which is not built in; custom"
                        + " operators are not supported");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ai.onnx",
                "ai.onnx.ml",
                "ai.onnx.training",
                "ai.onnx.preview",
                "ai.onnx.preview.training",
                "com.microsoft",
                "com.microsoft.experimental",
                "com.microsoft.nchwc",
                "com.ms.internal.nhwc",
                "org.pytorch.aten"
            })
    void shouldTakeWhatIsBuiltIn(String domain) {
        assertThatCode(() -> inspect(join(part(7, part(1, node(domain))), part(8, imports(domain)))))
                .doesNotThrowAnyException();
    }

    @Test
    void shouldNotTakeADomainForAnother() {
        assertThatThrownBy(() -> inspect(part(7, part(1, node("com.microsoft ")))))
                .hasMessageContaining("'com.microsoft '");
    }

    @Test
    void shouldNotTakeAnotherFunctionOfADomainForTheOperator() {
        byte[] model = join(part(7, part(1, node(CUSTOM))), part(25, function(CUSTOM, "Other")));

        assertThatThrownBy(() -> inspect(model)).isInstanceOf(ArtifactRejected.class);
    }

    @Test
    void shouldLookAtTheOperatorsOfTheModelsOwnFunctions() {
        byte[] model = part(25, function(CUSTOM, "F", node("ai.example.other")));

        assertThatThrownBy(() -> inspect(model)).hasMessageContaining("'ai.example.other'");
    }

    @Test
    void shouldLoadAModelWithFunctionsOfItsOwn() {
        byte[] call = join(text(1, "x"), text(2, "y"), text(4, "Twice"), text(7, CUSTOM));
        byte[] sum = join(text(1, "a"), text(1, "a"), text(2, "b"), text(4, "Add"));
        byte[] floats = part(1, join(number(1, 1), part(2, part(1, text(2, "n")))));
        byte[] graph = join(
                part(1, call),
                text(2, "graph"),
                part(11, join(text(1, "x"), part(2, floats))),
                part(12, join(text(1, "y"), part(2, floats))));
        byte[] model = join(
                number(1, 9),
                part(7, graph),
                part(8, join(text(1, ""), number(2, 20))),
                part(8, imports(CUSTOM)),
                part(25, function(CUSTOM, "Twice", sum)));

        try (LoadedModel loaded = new OnnxFormat().load(Artifacts.in(directory).holding(model))) {
            assertThat(Tensors.floats(loaded.run(List.of(Tensors.fp32("x", 1, 2)), List.of("y"), new Cancellation())
                            .outputs()
                            .getFirst()))
                    .containsExactly(2, 4);
        }
    }
}
