package dev.weir.api.v2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.api.Limits;
import dev.weir.api.http.Body;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorAllocator;
import dev.weir.inference.TensorSpec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class RawBodyTest {

    private static ModelSignature taking(TensorSpec... inputs) {
        return new ModelSignature(List.of(inputs), List.of(TensorSpec.of("y", DataType.FP32, -1)), true);
    }

    private static Tensor read(ModelSignature promise, int... bytes) {
        byte[] body = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            body[i] = (byte) bytes[i];
        }
        return RawBody.read(promise, new Body(body, 0, body.length), TensorAllocator.UNPOOLED, Limits.DEFAULT);
    }

    private static void refuses(FailureCode code, String field, ModelSignature promise, int... bytes) {
        RequestRejected refusal = catchThrowableOfType(RequestRejected.class, () -> read(promise, bytes));
        assertThat(refusal.code()).isEqualTo(code);
        assertThat(refusal.field()).isEqualTo(field);
    }

    @Test
    void shouldReadOneRow() {
        assertThat(read(taking(TensorSpec.of("x", DataType.INT8, -1, 3)), 1, 2, 3)
                        .shape()
                        .toArray())
                .containsExactly(1, 3);
    }

    @Test
    void shouldGiveWhatIsLeftToAnOpenDimension() {
        assertThat(read(taking(TensorSpec.of("x", DataType.INT16, -1, -1, 2)), 1, 0, 2, 0, 3, 0, 4, 0)
                        .shape()
                        .toArray())
                .containsExactly(1, 2, 2);
    }

    @Test
    void shouldReadTexts() {
        Tensor tensor = read(taking(TensorSpec.of("x", DataType.BYTES, -1, 2)), 1, 0, 0, 0, 'a', 2, 0, 0, 0, 'b', 'c');

        assertThat(((Tensor.Bytes) tensor).elements())
                .extracting(element -> new String(element, StandardCharsets.UTF_8))
                .containsExactly("a", "bc");
    }

    @Test
    void shouldBlameTheBody() {
        ModelSignature texts = taking(TensorSpec.of("x", DataType.BYTES, -1, 2));
        ModelSignature numbers = taking(TensorSpec.of("x", DataType.INT32, -1, 2));

        refuses(FailureCode.WRONG_DATA_LENGTH, "body", numbers, 1, 0, 0, 0, 2, 0, 0);
        refuses(FailureCode.WRONG_DATA_LENGTH, "body", numbers);
        refuses(FailureCode.WRONG_DATA_LENGTH, "body", texts, 1, 0, 0, 0, 'a');
        refuses(FailureCode.MALFORMED_BODY, "body", texts, 9, 0, 0, 0, 'a', 0, 0, 0, 0);
    }

    @Test
    void shouldRefuseModelsWhoseShapeItCannotTell() {
        TensorSpec number = TensorSpec.of("x", DataType.INT8, -1);

        refuses(
                FailureCode.UNSUPPORTED_REQUEST,
                "Inference-Header-Content-Length",
                taking(number, TensorSpec.of("z", DataType.INT8, -1)),
                1);
        refuses(FailureCode.UNSUPPORTED_REQUEST, "body", taking(TensorSpec.of("x", DataType.INT8, -1, -1, -1)), 1);
        refuses(FailureCode.UNSUPPORTED_REQUEST, "body", taking(TensorSpec.of("x", DataType.BYTES, -1, -1)), 1);
    }
}
