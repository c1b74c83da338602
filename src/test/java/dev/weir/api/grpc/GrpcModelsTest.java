package dev.weir.api.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.api.grpc.GrpcClient.Refusal;
import dev.weir.api.grpc.GrpcClient.Reply;
import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import inference.wire.DataType;
import inference.wire.ModelConfig;
import inference.wire.ModelConfigRequest;
import inference.wire.ModelMetadataRequest;
import inference.wire.ModelMetadataResponse;
import inference.wire.ModelMetadataResponse.TensorMetadata;
import inference.wire.ModelReadyRequest;
import inference.wire.ModelStatistics;
import inference.wire.ModelStatisticsRequest;
import inference.wire.ServerLiveRequest;
import inference.wire.ServerMetadataRequest;
import inference.wire.ServerMetadataResponse;
import inference.wire.ServerReadyRequest;
import io.grpc.Status;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
class GrpcModelsTest {

    @TestHTTPResource
    URI server;

    GrpcClient client;

    @BeforeEach
    void connect() {
        client = new GrpcClient(server);
    }

    @AfterEach
    void disconnect() {
        client.close();
    }

    @Test
    void shouldBeLiveAndReady() {
        assertThat(client.call(stub -> stub.serverLive(ServerLiveRequest.getDefaultInstance()))
                        .message()
                        .getLive())
                .isTrue();
        assertThat(client.call(stub -> stub.serverReady(ServerReadyRequest.getDefaultInstance()))
                        .message()
                        .getReady())
                .isTrue();
    }

    @Test
    void shouldTellWhatItIs() {
        Reply<ServerMetadataResponse> reply = client.call(
                stub -> stub.serverMetadata(ServerMetadataRequest.getDefaultInstance()), "x-request-id", "me");

        assertThat(reply.message().getName()).isEqualTo("weir");
        assertThat(reply.message().getVersion()).isNotEmpty();
        assertThat(reply.message().getExtensionsList())
                .containsExactlyInAnyOrder(
                        "binary_tensor_data", "statistics", "model_configuration", "model_repository");
        assertThat(reply.header("x-request-id")).isEqualTo("me");
    }

    @Test
    void shouldTellWhetherAModelIsReady() {
        assertThat(isReady("iris", "")).isTrue();
        assertThat(isReady("breast-cancer", "1")).isTrue();
        assertThat(isReady("breast-cancer", "2")).isTrue();
    }

    private boolean isReady(String name, String version) {
        return client.call(stub -> stub.modelReady(ModelReadyRequest.newBuilder()
                        .setName(name)
                        .setVersion(version)
                        .build()))
                .message()
                .getReady();
    }

    @Test
    void shouldTellWhatAModelTakesAndGives() {
        ModelMetadataResponse iris = metadata("iris", "");
        ModelMetadataResponse penguins = metadata("penguins", "");

        assertThat(iris.getName()).isEqualTo("iris");
        assertThat(iris.getVersionsList()).containsExactly("1");
        assertThat(iris.getPlatform()).isEqualTo("onnx_onnxv1");
        assertThat(iris.getInputsList())
                .containsExactly(TensorMetadata.newBuilder()
                        .setName("features")
                        .setDatatype("FP32")
                        .addShape(-1)
                        .addShape(4)
                        .build());
        assertThat(iris.getOutputsList()).extracting(TensorMetadata::getName).containsExactly("label", "probabilities");
        assertThat(penguins.getInputsList())
                .extracting(TensorMetadata::getDatatype)
                .containsExactly("BYTES", "FP32", "FP32", "FP32", "INT64", "BYTES");
    }

    @Test
    void shouldListTheVersionsACallerMayPin() {
        assertThat(metadata("breast-cancer", "").getVersionsList()).containsExactlyInAnyOrder("1", "2");
        assertThat(metadata("breast-cancer", "1").getVersionsList()).containsExactly("1");
    }

    private ModelMetadataResponse metadata(String name, String version) {
        return client.call(stub -> stub.modelMetadata(ModelMetadataRequest.newBuilder()
                        .setName(name)
                        .setVersion(version)
                        .build()))
                .message();
    }

    @Test
    void shouldTellHowAModelIsSetUp() {
        ModelConfig config = client.call(stub -> stub.modelConfig(
                        ModelConfigRequest.newBuilder().setName("penguins").build()))
                .message()
                .getConfig();

        assertThat(config.getName()).isEqualTo("penguins");
        assertThat(config.getPlatform()).isEqualTo("onnx_onnxv1");
        assertThat(config.getBackend()).isEqualTo("onnxruntime");
        assertThat(config.getMaxBatchSize()).isZero();
        assertThat(config.getInput(0).getDataType()).isEqualTo(DataType.TYPE_STRING);
        assertThat(config.getInput(1).getDataType()).isEqualTo(DataType.TYPE_FP32);
        assertThat(config.getInput(0).getDimsList()).containsExactly(-1L, 1L);
        assertThat(config.getOutput(1).getDimsList()).containsExactly(-1L, 3L);
    }

    @Test
    void shouldCountWhatAVersionDid() {
        ModelStatistics before = statistics("diabetes", "1").getFirst();

        client.infer(inference.wire.ModelInferRequest.newBuilder()
                .setModelName("diabetes")
                .addInputs(GrpcClient.features(3, 10))
                .addRawInputContents(GrpcClient.raw(new float[30])));

        ModelStatistics after = statistics("diabetes", "1").getFirst();
        assertThat(after.getName()).isEqualTo("diabetes");
        assertThat(after.getVersion()).isEqualTo("1");
        assertThat(after.getInferenceCount() - before.getInferenceCount()).isEqualTo(3);
        assertThat(after.getExecutionCount() - before.getExecutionCount()).isEqualTo(1);
        assertThat(after.getLastInference()).isPositive();
        assertThat(after.getInferenceStats().getSuccess().getCount()
                        - before.getInferenceStats().getSuccess().getCount())
                .isEqualTo(1);
        assertThat(after.getInferenceStats().getComputeInfer().getNs()).isPositive();
        assertThat(after.getInferenceStats().getCacheMiss().getCount()).isZero();
        assertThat(after.getBatchStatsCount()).isZero();
    }

    @Test
    void shouldCountForOneDeploymentOrForAll() {
        assertThat(statistics("breast-cancer", ""))
                .extracting(ModelStatistics::getVersion)
                .containsExactlyInAnyOrder("1", "2");
        assertThat(statistics("", ""))
                .extracting(ModelStatistics::getName)
                .contains("iris", "breast-cancer", "digits", "diabetes", "penguins");
    }

    private List<ModelStatistics> statistics(String name, String version) {
        return client.call(stub -> stub.modelStatistics(ModelStatisticsRequest.newBuilder()
                        .setName(name)
                        .setVersion(version)
                        .build()))
                .message()
                .getModelStatsList();
    }

    @Test
    void shouldNotKnowModelsAndVersionsThatAreNotDeployed() {
        refusesUnknown(
                stub -> stub.modelReady(
                        ModelReadyRequest.newBuilder().setName("roses").build()),
                "UNKNOWN_MODEL");
        refusesUnknown(
                stub -> stub.modelMetadata(
                        ModelMetadataRequest.newBuilder().setName("../iris").build()),
                "UNKNOWN_MODEL");
        refusesUnknown(stub -> stub.modelMetadata(ModelMetadataRequest.getDefaultInstance()), "UNKNOWN_MODEL");
        refusesUnknown(
                stub -> stub.modelConfig(ModelConfigRequest.newBuilder()
                        .setName("iris")
                        .setVersion("9")
                        .build()),
                "UNKNOWN_VERSION");
        refusesUnknown(
                stub -> stub.modelStatistics(ModelStatisticsRequest.newBuilder()
                        .setName("iris")
                        .setVersion("9")
                        .build()),
                "UNKNOWN_VERSION");
    }

    private <T> void refusesUnknown(
            Function<inference.wire.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub, T> call, String code) {
        Refusal refusal = client.refuse(call, "x-request-id", "who");
        assertThat(refusal.status().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(refusal.trailer("weir-code")).isEqualTo(code);
        assertThat(refusal.trailer("x-request-id")).isEqualTo("who");
    }

    @Test
    void shouldSpeakTheHealthProtocol() {
        HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(client.channel());

        assertThat(health.check(HealthCheckRequest.getDefaultInstance()).getStatus())
                .isEqualTo(ServingStatus.SERVING);
        assertThat(health.check(HealthCheckRequest.newBuilder()
                                .setService("inference.GRPCInferenceService")
                                .build())
                        .getStatus())
                .isEqualTo(ServingStatus.SERVING);
        assertThat(health.check(HealthCheckRequest.newBuilder()
                                .setService("iris")
                                .build())
                        .getStatus())
                .isEqualTo(ServingStatus.SERVING);
    }
}
