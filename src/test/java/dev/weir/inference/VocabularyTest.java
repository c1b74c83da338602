package dev.weir.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.fixture.Tensors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the values of a prediction refuse to be. */
class VocabularyTest {

    private static TensorSpec spec(List<String> features, long... shape) {
        return new TensorSpec("x", DataType.FP32, ShapePattern.of(shape), features, List.of(), false);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7, 9})
    void shouldRefuseATensorWhoseBytesDoNotFillItsShape(int bytes) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Tensor.Fixed("x", DataType.FP32, Shape.of(2), ByteBuffer.allocateDirect(bytes)))
                .withMessageContaining("'x'");
    }

    @Test
    void shouldRefuseBytesOfAFixedSize() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Tensor.Fixed("x", DataType.BYTES, Shape.of(0), ByteBuffer.allocateDirect(0)));
    }

    @Test
    void shouldRefuseStringsThatDoNotFillTheirShape() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Tensor.Bytes("x", Shape.of(2), List.of(new byte[0])));
    }

    @Test
    void shouldSeeABuffersElementsBetweenPositionAndLimitInNativeOrder() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder());
        buffer.putFloat(4, 1.5f).position(4).limit(8);

        Tensor.Fixed tensor = new Tensor.Fixed("x", DataType.FP32, Shape.of(1), buffer);

        assertThat(Tensors.floats(tensor)).containsExactly(1.5f);
    }

    @Test
    void shouldHandOutAFreshViewEachTime() {
        Tensor.Fixed tensor = Tensors.fp32("x", 1, 2);

        tensor.data().position(8);

        assertThat(tensor.data().position()).isZero();
    }

    @Test
    void shouldRefuseFeaturesThatDoNotFitTheLastAxis() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> spec(List.of("a", "b"), -1, 3))
                .withMessageContaining("'x'");
    }

    @Test
    void shouldRefuseFeaturesOfAScalar() {
        assertThatIllegalArgumentException().isThrownBy(() -> spec(List.of("a")));
    }

    @Test
    void shouldRefuseAFeatureThatIsNamedTwice() {
        assertThatIllegalArgumentException().isThrownBy(() -> spec(List.of("a", "a"), -1, 2));
    }

    @Test
    void shouldRefuseATensorWithoutAName() {
        assertThatIllegalArgumentException().isThrownBy(() -> TensorSpec.of(" ", DataType.FP32, 1));
    }

    @Test
    void shouldRefuseASignatureThatNamesATensorTwice() {
        TensorSpec x = TensorSpec.of("x", DataType.FP32, -1);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ModelSignature(List.of(x, x), List.of(x), true))
                .withMessage("input 'x' occurs twice");
    }

    @Test
    void shouldLetAnInputAndAnOutputHaveOneName() {
        TensorSpec x = TensorSpec.of("x", DataType.FP32, -1);

        assertThat(new ModelSignature(List.of(x), List.of(x), true).output("x")).isEqualTo(x);
    }

    @Test
    void shouldRefuseAScalarInABatch() {
        TensorSpec x = TensorSpec.of("x", DataType.FP32, -1);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ModelSignature(List.of(x), List.of(TensorSpec.of("y", DataType.FP32)), true))
                .withMessage("output 'y' is a scalar and has no batch axis");
    }

    @Test
    void shouldRefuseASignatureWithoutInputsOrOutputs() {
        TensorSpec x = TensorSpec.of("x", DataType.FP32, -1);

        assertThatIllegalArgumentException().isThrownBy(() -> new ModelSignature(List.of(), List.of(x), true));
        assertThatIllegalArgumentException().isThrownBy(() -> new ModelSignature(List.of(x), List.of(), true));
    }

    @ParameterizedTest
    @EnumSource
    void shouldKnowEveryDatatypeByItsName(DataType datatype) {
        assertThat(DataType.named(datatype.name())).isEqualTo(datatype);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "fp32", "FP32 ", "FLOAT", "STRING", "INT4"})
    void shouldRefuseOtherDatatypes(String name) {
        assertThat(catchThrowableOfType(RequestRejected.class, () -> DataType.named(name))
                        .code())
                .isEqualTo(FailureCode.UNSUPPORTED_DATATYPE);
    }

    @Test
    void shouldNameARowOnlyAmongSeveral() {
        UUID id = UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8057");

        assertThat(new PredictionId(id).row(0, 1)).isEqualTo(id.toString());
        assertThat(new PredictionId(id).row(2, 3)).isEqualTo(id + ":2");
    }

    @Test
    void shouldNotGrowARequestAfterwards() {
        List<Tensor> inputs = new ArrayList<>(List.of(Tensors.fp32("x", 1)));
        InferenceRequest request =
                new InferenceRequest(new RequestId("r"), inputs, List.of(), 1, new RequestMemory(new ByteBudget(1)));

        inputs.clear();

        assertThat(request.inputs()).hasSize(1);
    }

    @Test
    void shouldNotGiveACallerMoreRolesAfterwards() {
        Set<CallerRole> roles = EnumSet.of(CallerRole.PREDICT);
        Caller caller = new Caller("c", roles);

        roles.add(CallerRole.AUDIT);

        assertThat(caller.may(CallerRole.AUDIT)).isFalse();
        assertThat(caller.may(CallerRole.PREDICT)).isTrue();
    }

    @Test
    void shouldAddUpAnAttemptsPhases() {
        assertThat(new Settlement.Timing(1, 20, 300, 4000).totalNanos()).isEqualTo(4321);
    }
}
