package dev.weir.api.grpc;

import static dev.weir.api.grpc.GrpcClient.SETOSA;
import static dev.weir.api.grpc.GrpcClient.iris;
import static dev.weir.api.grpc.GrpcClient.output;
import static dev.weir.api.grpc.GrpcClient.rawIris;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import dev.weir.api.grpc.GrpcClient.Refusal;
import dev.weir.inference.ByteBudget;
import inference.wire.InferParameter;
import inference.wire.InferTensorContents;
import inference.wire.ModelInferRequest;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.UUID;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
class GrpcRefusalTest {

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
    void shouldSayEverythingAboutARefusalInItsTrailers() throws InvalidProtocolBufferException {
        ModelInferRequest.Builder request = rawIris(SETOSA).setId("order-1");
        request.getInputsBuilder(0).setShape(1, 5);

        Refusal refusal = client.refuseInfer(request);

        assertThat(refusal.status().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal.status().getDescription()).contains("20 bytes");
        assertThat(refusal.trailer("weir-code")).isEqualTo("WRONG_DATA_LENGTH");
        assertThat(refusal.trailer("weir-field")).isEqualTo("inputs[0].data");
        assertThat(refusal.trailer("x-request-id")).isEqualTo("order-1");
        assertThat(refusal.trailer("weir-prediction-id")).isNull();
        com.google.rpc.Status details = com.google.rpc.Status.parseFrom(
                refusal.trailers().get(Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER)));
        assertThat(details.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT.value());
        assertThat(details.getMessage()).isEqualTo(refusal.status().getDescription());
        ErrorInfo info = details.getDetails(0).unpack(ErrorInfo.class);
        assertThat(info.getReason()).isEqualTo("WRONG_DATA_LENGTH");
        assertThat(info.getDomain()).isEqualTo("weir.dev");
        assertThat(info.getMetadataMap())
                .containsEntry("field", "inputs[0].data")
                .containsEntry("request_id", "order-1");
    }

    @Test
    void shouldRefuseWhatIsNotDeployed() {
        refuses(iris(SETOSA).setModelName("roses"), Status.Code.NOT_FOUND, "UNKNOWN_MODEL", "model");
        refuses(iris(SETOSA).setModelName(""), Status.Code.NOT_FOUND, "UNKNOWN_MODEL", "model");
        refuses(iris(SETOSA).setModelName("a\u0000b/../ü"), Status.Code.NOT_FOUND, "UNKNOWN_MODEL", "model");
        refuses(iris(SETOSA).setModelVersion("9"), Status.Code.NOT_FOUND, "UNKNOWN_VERSION", "version");
        refuses(iris(SETOSA).setModelVersion("1/.."), Status.Code.NOT_FOUND, "UNKNOWN_VERSION", "version");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "line\nbreak", "größe", "<script>", "%2e", "tab\t"})
    void shouldRefuseHostileIdsInTheMessage(String id) {
        Refusal refusal = invalid(iris(SETOSA).setId(id), "INVALID_ID", "id");

        assertThat(UUID.fromString(refusal.trailer("x-request-id")).version()).isEqualTo(7);
    }

    @Test
    void shouldRefuseIdsThatAreTooLong() {
        Refusal refusal = invalid(iris(SETOSA).setId("a".repeat(129)), "INVALID_ID", "id");

        assertThat(refusal.trailer("weir-limit")).isEqualTo("128");
    }

    @Test
    void shouldRefuseHostileIdsInTheMetadata() {
        Refusal refusal = client.refuseInfer(iris(SETOSA), "x-request-id", "a b<c>");

        assertThat(refusal.status().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal.trailer("weir-code")).isEqualTo("INVALID_ID");
        assertThat(refusal.trailer("x-request-id")).isNotEqualTo("a b<c>");
    }

    @Test
    void shouldRefuseAHostileIdInTheMessageEvenBesideAGoodOneInTheMetadata() {
        Refusal refusal = client.refuseInfer(iris(SETOSA).setId("a b"), "x-request-id", "good");

        assertThat(refusal.trailer("weir-code")).isEqualTo("INVALID_ID");
        assertThat(refusal.trailer("x-request-id")).isEqualTo("good");
    }

    @Test
    void shouldRefuseInputsThatDoNotFitThePromise() {
        ModelInferRequest.Builder unknown = iris(SETOSA);
        unknown.getInputsBuilder(0).setName("petals");
        invalid(unknown, "UNKNOWN_INPUT", "inputs[0].name");

        invalid(iris(SETOSA).clearInputs(), "MISSING_INPUT", "inputs");

        ModelInferRequest.Builder twice = iris(SETOSA);
        twice.addInputs(twice.getInputs(0));
        invalid(twice, "DUPLICATE_INPUT", "inputs[1].name");

        ModelInferRequest.Builder type = ModelInferRequest.newBuilder().setModelName("iris");
        type.addInputs(GrpcClient.features(1, 4)
                .setDatatype("INT32")
                .setContents(InferTensorContents.newBuilder()
                        .addIntContents(1)
                        .addIntContents(2)
                        .addIntContents(3)
                        .addIntContents(4)));
        invalid(type, "WRONG_DATATYPE", "inputs[0].datatype");

        ModelInferRequest.Builder shape = iris(SETOSA);
        shape.getInputsBuilder(0).setShape(0, 2).setShape(1, 2);
        invalid(shape, "WRONG_SHAPE", "inputs[0].shape");

        ModelInferRequest.Builder empty = rawIris();
        invalid(empty, "EMPTY_BATCH", "inputs[0].shape");

        invalid(iris(new float[] {1, 2, Float.NaN, 4}), "NON_FINITE_VALUE", "inputs[0].data[2]");
    }

    @Test
    void shouldRefuseElementsThatDoNotFitTheirTensor() {
        ModelInferRequest.Builder few = iris(SETOSA);
        few.getInputsBuilder(0).getContentsBuilder().clearFp32Contents().addFp32Contents(1);
        invalid(few, "WRONG_DATA_LENGTH", "inputs[0].data");

        ModelInferRequest.Builder none = iris(SETOSA);
        none.getInputsBuilder(0).clearContents();
        invalid(none, "MISSING_FIELD", "inputs[0].data");

        ModelInferRequest.Builder field = iris(SETOSA);
        field.getInputsBuilder(0).getContentsBuilder().addFp64Contents(1);
        invalid(field, "INVALID_FIELD", "inputs[0].data");

        invalid(iris(SETOSA).addRawInputContents(GrpcClient.raw(SETOSA)), "INVALID_FIELD", "inputs[0].data");
        invalid(rawIris(SETOSA).addRawInputContents(GrpcClient.raw(SETOSA)), "MALFORMED_BODY", "raw_input_contents");

        ModelInferRequest.Builder half = iris(SETOSA);
        half.getInputsBuilder(0).setDatatype("FP16");
        invalid(half, "INVALID_FIELD", "inputs[0].data");

        ModelInferRequest.Builder unknown = iris(SETOSA);
        unknown.getInputsBuilder(0).setDatatype("FLOAT");
        invalid(unknown, "UNSUPPORTED_DATATYPE", "inputs[0].datatype");
    }

    @Test
    void shouldRefuseLengthsThatLie() {
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder()
                .setModelName("penguins")
                .addInputs(GrpcClient.penguinInput("island", "BYTES"))
                .addRawInputContents(ByteString.copyFrom(new byte[] {100, 0, 0, 0, 'x'}));

        invalid(request, "MALFORMED_BODY", "inputs[0].data[0]");
    }

    @Test
    void shouldRefuseTextTheRuntimeWouldGarble() {
        ModelInferRequest.Builder request = GrpcClient.penguin();
        request.getInputsBuilder(0).getContentsBuilder().setBytesContents(0, ByteString.copyFromUtf8("🐧"));

        Refusal refusal = invalid(request, "UNSUPPORTED_VALUE", "inputs[0].data[0]");

        assertThat(refusal.trailer("weir-prediction-id")).isNull();
    }

    @Test
    void shouldRefuseWhatPassesALimit() {
        ModelInferRequest.Builder rank = iris(SETOSA);
        for (int i = 0; i < 9; i++) {
            rank.getInputsBuilder(0).addShape(1);
        }
        assertThat(invalid(rank, "LIMIT_EXCEEDED", "inputs[0].shape").trailer("weir-limit"))
                .isEqualTo("8");

        ModelInferRequest.Builder elements = iris(SETOSA);
        elements.getInputsBuilder(0).setShape(0, 1 << 30);
        assertThat(invalid(elements, "LIMIT_EXCEEDED", "inputs[0].shape").trailer("weir-limit"))
                .isEqualTo("16777216");

        ModelInferRequest.Builder outputs = iris(SETOSA);
        for (int i = 0; i < 257; i++) {
            outputs.addOutputs(output("label"));
        }
        assertThat(invalid(outputs, "LIMIT_EXCEEDED", "outputs").trailer("weir-limit"))
                .isEqualTo("256");
    }

    @Test
    void shouldRefuseOutputsTheModelDoesNotHave() {
        invalid(iris(SETOSA).addOutputs(output("scores")), "UNKNOWN_OUTPUT", "outputs[0].name");
        invalid(
                iris(SETOSA).addOutputs(output("label")).addOutputs(output("label")),
                "INVALID_FIELD",
                "outputs[1].name");
    }

    @Test
    void shouldRefuseParametersItKnowsAndDoesNotImplement() {
        unsupported("sequence_id", InferParameter.newBuilder().setInt64Param(42));
        unsupported("sequence_id", InferParameter.newBuilder().setStringParam("42"));
        unsupported("sequence_start", InferParameter.newBuilder().setBoolParam(true));
        unsupported("sequence_end", InferParameter.newBuilder().setBoolParam(true));
        unsupported("priority", InferParameter.newBuilder().setUint64Param(1));

        ModelInferRequest.Builder shared = iris(SETOSA);
        shared.getInputsBuilder(0)
                .putParameters(
                        "shared_memory_region",
                        InferParameter.newBuilder().setStringParam("r").build());
        invalid(shared, "UNSUPPORTED_PARAMETER", "inputs[0].parameters.shared_memory_region");

        invalid(
                iris(SETOSA)
                        .addOutputs(output("probabilities")
                                .putParameters(
                                        "classification",
                                        InferParameter.newBuilder()
                                                .setInt64Param(2)
                                                .build())),
                "UNSUPPORTED_PARAMETER",
                "outputs[0].parameters.classification");
    }

    private void unsupported(String name, InferParameter.Builder value) {
        invalid(iris(SETOSA).putParameters(name, value.build()), "UNSUPPORTED_PARAMETER", "parameters." + name);
    }

    @Test
    void shouldRefuseTimeoutsThatAreNone() {
        invalid(
                iris(SETOSA)
                        .putParameters(
                                "timeout",
                                InferParameter.newBuilder().setInt64Param(0).build()),
                "INVALID_FIELD",
                "parameters.timeout");
        for (String timeout : new String[] {"soon", "-1", "1.5", "9999999999999999999"}) {
            Refusal refusal = client.refuseInfer(iris(SETOSA), "weir-timeout-ms", timeout);
            assertThat(refusal.status().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(refusal.trailer("weir-code")).isEqualTo("INVALID_HEADER");
        }
        Refusal tooLong = client.refuseInfer(iris(SETOSA), "weir-timeout-ms", "60001");
        assertThat(tooLong.trailer("weir-code")).isEqualTo("INVALID_FIELD");
        assertThat(tooLong.trailer("weir-field")).isEqualTo("Weir-Timeout-Ms");
        assertThat(tooLong.trailer("weir-limit")).isEqualTo("60000");
    }

    @Test
    void shouldRefuseAMessageThatIsTooLargeAndAnswerTheOthers() {
        ModelInferRequest.Builder large =
                rawIris(SETOSA).addRawInputContents(ByteString.copyFrom(new byte[(16 << 20) + 1]));

        Refusal refusal = client.refuseInfer(large, "x-request-id", "large");

        assertThat(refusal.status().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(refusal.trailer("weir-code")).isEqualTo("BODY_TOO_LARGE");
        assertThat(refusal.trailer("weir-limit")).isEqualTo(Integer.toString(16 << 20));
        assertThat(refusal.trailer("x-request-id")).isEqualTo("large");
        assertThat(client.infer(iris(SETOSA)).message().getOutputsCount()).isEqualTo(2);
    }

    @Test
    void shouldSayThatItDoesNotHaveACall() {
        MethodDescriptor<ModelInferRequest, ModelInferRequest> method =
                MethodDescriptor.<ModelInferRequest, ModelInferRequest>newBuilder()
                        .setType(MethodDescriptor.MethodType.UNARY)
                        .setFullMethodName("inference.GRPCInferenceService/TraceSetting")
                        .setRequestMarshaller(ProtoUtils.marshaller(ModelInferRequest.getDefaultInstance()))
                        .setResponseMarshaller(ProtoUtils.marshaller(ModelInferRequest.getDefaultInstance()))
                        .build();

        StatusRuntimeException refusal = Assertions.catchThrowableOfType(
                StatusRuntimeException.class,
                () -> ClientCalls.blockingUnaryCall(
                        client.channel(), method, CallOptions.DEFAULT, ModelInferRequest.getDefaultInstance()));

        assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
        assertThat(refusal.getTrailers().get(GrpcClient.key("weir-code"))).isEqualTo("NOT_FOUND");
        assertThat(refusal.getTrailers().get(GrpcClient.key("x-request-id"))).isNotEmpty();
    }

    private Refusal invalid(ModelInferRequest.Builder request, String code, String field) {
        return refuses(request, Status.Code.INVALID_ARGUMENT, code, field);
    }

    private Refusal refuses(ModelInferRequest.Builder request, Status.Code status, String code, String field) {
        Refusal refusal = client.refuseInfer(request);
        assertThat(refusal.trailer("weir-code")).isEqualTo(code);
        assertThat(refusal.status().getCode()).isEqualTo(status);
        assertThat(refusal.trailer("weir-field")).isEqualTo(field);
        assertThat(refusal.trailer("x-request-id")).isNotEmpty();
        return refusal;
    }
}
