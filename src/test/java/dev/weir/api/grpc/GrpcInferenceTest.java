package dev.weir.api.grpc;

import static dev.weir.api.grpc.GrpcClient.SETOSA;
import static dev.weir.api.grpc.GrpcClient.VIRGINICA;
import static dev.weir.api.grpc.GrpcClient.iris;
import static dev.weir.api.grpc.GrpcClient.output;
import static dev.weir.api.grpc.GrpcClient.rawIris;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.weir.api.grpc.GrpcClient.Reply;
import dev.weir.inference.ByteBudget;
import inference.wire.GRPCInferenceServiceGrpc;
import inference.wire.InferParameter;
import inference.wire.ModelInferRequest;
import inference.wire.ModelInferRequest.InferInputTensor;
import inference.wire.ModelInferResponse;
import io.grpc.Status;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
class GrpcInferenceTest {

    @TestHTTPResource
    URI server;

    @Inject
    ByteBudget budget;

    GrpcClient client;

    @BeforeEach
    void connect() {
        client = new GrpcClient(server);
    }

    @AfterEach
    void leaveNothingReserved() {
        client.close();
        await().untilAsserted(() -> assertThat(budget.reserved()).isZero());
    }

    @Test
    void shouldAnswerTypedContentsWithTypedContents() {
        ModelInferResponse answer = client.infer(iris(SETOSA, VIRGINICA)).message();

        assertThat(answer.getModelName()).isEqualTo("iris");
        assertThat(answer.getModelVersion()).isEqualTo("1");
        assertThat(answer.getRawOutputContentsCount()).isZero();
        assertThat(answer.getOutputsCount()).isEqualTo(2);
        assertThat(answer.getOutputs(0).getName()).isEqualTo("label");
        assertThat(answer.getOutputs(0).getDatatype()).isEqualTo("INT64");
        assertThat(answer.getOutputs(0).getShapeList()).containsExactly(2L);
        assertThat(answer.getOutputs(0).getContents().getInt64ContentsList()).containsExactly(0L, 2L);
        assertThat(answer.getOutputs(1).getShapeList()).containsExactly(2L, 3L);
        assertThat(answer.getOutputs(1).getContents().getFp32Contents(0)).isCloseTo(0.98097366f, within(1e-5f));
    }

    @Test
    void shouldAnswerRawContentsWithRawContents() {
        ModelInferResponse answer = client.infer(rawIris(SETOSA)).message();

        assertThat(answer.getRawOutputContentsCount()).isEqualTo(2);
        assertThat(answer.getOutputsList()).noneMatch(ModelInferResponse.InferOutputTensor::hasContents);
        assertThat(littleEndian(answer.getRawOutputContents(0)).getLong()).isZero();
        assertThat(littleEndian(answer.getRawOutputContents(1)).getFloat()).isCloseTo(0.98097366f, within(1e-5f));
    }

    @Test
    void shouldGiveTheSameAnswerForBothForms() {
        ModelInferResponse typed = client.infer(iris(SETOSA, VIRGINICA)).message();
        ModelInferResponse raw = client.infer(rawIris(SETOSA, VIRGINICA)).message();

        ByteBuffer probabilities = littleEndian(raw.getRawOutputContents(1));
        typed.getOutputs(1).getContents().getFp32ContentsList().forEach(value -> assertThat(probabilities.getFloat())
                .isEqualTo(value));
        assertThat(probabilities.hasRemaining()).isFalse();
    }

    @Test
    void shouldCarryTextBothWays() {
        ModelInferResponse typed = client.infer(GrpcClient.penguin()).message();
        ModelInferResponse raw = client.infer(asRaw(GrpcClient.penguin())).message();

        String label = typed.getOutputs(0).getContents().getBytesContents(0).toStringUtf8();
        assertThat(label).isEqualTo("Adelie");
        assertThat(raw.getRawOutputContents(0).toByteArray())
                .isEqualTo(("\6\0\0\0" + label).getBytes(StandardCharsets.ISO_8859_1));
    }

    private static ModelInferRequest.Builder asRaw(ModelInferRequest.Builder typed) {
        ModelInferRequest.Builder raw = ModelInferRequest.newBuilder().setModelName(typed.getModelName());
        for (InferInputTensor input : typed.getInputsList()) {
            raw.addInputs(input.toBuilder().clearContents());
            ByteBuffer bytes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
            input.getContents().getFp32ContentsList().forEach(bytes::putFloat);
            input.getContents().getInt64ContentsList().forEach(bytes::putLong);
            input.getContents().getBytesContentsList().forEach(element -> bytes.putInt(element.size())
                    .put(element.asReadOnlyByteBuffer()));
            raw.addRawInputContents(ByteString.copyFrom(bytes.flip()));
        }
        return raw;
    }

    @Test
    void shouldGiveTheOutputsThatAreAskedForInTheirOrder() {
        ModelInferResponse answer = client.infer(
                        iris(SETOSA).addOutputs(output("probabilities")).addOutputs(output("label")))
                .message();
        ModelInferResponse one =
                client.infer(iris(SETOSA).addOutputs(output("label"))).message();

        assertThat(answer.getOutputsList())
                .extracting(ModelInferResponse.InferOutputTensor::getName)
                .containsExactly("probabilities", "label");
        assertThat(one.getOutputsList()).hasSize(1);
    }

    @Test
    void shouldTellWhoAnswered() {
        Reply<ModelInferResponse> reply = client.infer(iris(SETOSA));
        ModelInferResponse answer = reply.message();

        String prediction = answer.getParametersOrThrow("weir_prediction_id").getStringParam();
        assertThat(UUID.fromString(prediction).version()).isEqualTo(7);
        assertThat(answer.getParametersOrThrow("weir_model").getStringParam()).isEqualTo("iris");
        assertThat(answer.getParametersOrThrow("weir_route").getStringParam()).isEqualTo("primary");
        assertThat(reply.header("weir-prediction-id")).isEqualTo(prediction);
        assertThat(reply.header("weir-model-version")).isEqualTo("1");
        assertThat(reply.header("weir-variant"))
                .isEqualTo(answer.getParametersOrThrow("weir_variant").getStringParam());
    }

    @Test
    void shouldLetACallerPinAVersion() {
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder()
                .setModelName("breast-cancer")
                .addInputs(GrpcClient.features(1, 30))
                .addRawInputContents(GrpcClient.raw(new float[30]));

        Reply<ModelInferResponse> unpinned = client.infer(request);
        Reply<ModelInferResponse> pinned = client.infer(request.setModelVersion("1"));

        assertThat(unpinned.message().getModelVersion()).isEqualTo("2");
        assertThat(pinned.message().getModelVersion()).isEqualTo("1");
        assertThat(pinned.message().getModelName()).isEqualTo("breast-cancer");
        assertThat(pinned.message().getParametersOrThrow("weir_route").getStringParam())
                .isEqualTo("pinned");
        assertThat(pinned.header("weir-model-version")).isEqualTo("1");
    }

    @Test
    void shouldEchoTheMessagesId() {
        Reply<ModelInferResponse> reply = client.infer(iris(SETOSA).setId("order/17"));

        assertThat(reply.message().getId()).isEqualTo("order/17");
        assertThat(reply.header("x-request-id")).isEqualTo("order/17");
    }

    @Test
    void shouldPreferTheIdInTheMetadataAndStillEchoTheMessages() {
        Reply<ModelInferResponse> reply = client.infer(iris(SETOSA).setId("inner"), "x-request-id", "outer");

        assertThat(reply.header("x-request-id")).isEqualTo("outer");
        assertThat(reply.message().getId()).isEqualTo("inner");
    }

    @Test
    void shouldMakeUpAnIdWhenThereIsNone() {
        Reply<ModelInferResponse> reply = client.infer(iris(SETOSA));

        assertThat(UUID.fromString(reply.message().getId()).version()).isEqualTo(7);
        assertThat(reply.header("x-request-id")).isEqualTo(reply.message().getId());
    }

    @Test
    void shouldIgnoreParametersItDoesNotKnowAndThoseThatAskForNothing() {
        ModelInferRequest.Builder request = iris(SETOSA)
                .putParameters(
                        "temperature",
                        InferParameter.newBuilder().setDoubleParam(0.7).build())
                .putParameters(
                        "sequence_id",
                        InferParameter.newBuilder().setInt64Param(0).build())
                .putParameters(
                        "sequence_start",
                        InferParameter.newBuilder().setBoolParam(false).build())
                .putParameters(
                        "priority",
                        InferParameter.newBuilder().setUint64Param(0).build());

        assertThat(client.infer(request).message().getOutputsCount()).isEqualTo(2);
    }

    @Test
    void shouldAnswerALargeBatch() {
        float[][] rows = new float[50_000][];
        java.util.Arrays.fill(rows, VIRGINICA);

        ModelInferResponse answer = client.infer(rawIris(rows)).message();

        assertThat(answer.getRawOutputContents(0).size()).isEqualTo(rows.length * Long.BYTES);
        assertThat(littleEndian(answer.getRawOutputContents(0)).getLong((rows.length - 1) * Long.BYTES))
                .isEqualTo(2);
    }

    @Test
    void shouldKeepConcurrentCallsApart() throws Exception {
        GRPCInferenceServiceGrpc.GRPCInferenceServiceFutureStub stub =
                GRPCInferenceServiceGrpc.newFutureStub(client.channel());
        List<Future<ModelInferResponse>> answers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            float[] row = i % 2 == 0 ? SETOSA : VIRGINICA;
            answers.add(stub.modelInfer(iris(row).setId("call-" + i).build()));
        }
        for (int i = 0; i < answers.size(); i++) {
            ModelInferResponse answer = answers.get(i).get();
            assertThat(answer.getId()).isEqualTo("call-" + i);
            assertThat(answer.getOutputs(0).getContents().getInt64Contents(0)).isEqualTo(i % 2 == 0 ? 0 : 2);
        }
    }

    private static ByteBuffer littleEndian(ByteString bytes) {
        return bytes.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void shouldAnswerACallThatIsMadeAgainAsItWasAnsweredBefore() {
        String key = UUID.randomUUID().toString();

        Reply<ModelInferResponse> first = client.infer(iris(SETOSA), "idempotency-key", key);
        Reply<ModelInferResponse> again = client.infer(iris(SETOSA), "idempotency-key", key);

        assertThat(again.message()).isEqualTo(first.message());
        assertThat(again.header("weir-prediction-id")).isEqualTo(first.header("weir-prediction-id"));
        assertThat(again.header("idempotency-replayed")).isEqualTo("true");
    }

    @Test
    void shouldRefuseAKeyOfAnotherCall() {
        String key = UUID.randomUUID().toString();
        client.infer(iris(SETOSA), "idempotency-key", key);

        assertThat(client.refuseInfer(iris(VIRGINICA), "idempotency-key", key)
                        .status()
                        .getCode())
                .isEqualTo(Status.Code.ABORTED);
    }
}
