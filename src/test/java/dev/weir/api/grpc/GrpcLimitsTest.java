package dev.weir.api.grpc;

import static dev.weir.api.grpc.GrpcClient.SETOSA;
import static dev.weir.api.grpc.GrpcClient.iris;
import static dev.weir.api.grpc.GrpcClient.rawIris;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.RetryInfo;
import dev.weir.api.TightServer;
import dev.weir.api.grpc.GrpcClient.Refusal;
import dev.weir.api.grpc.GrpcClient.Reply;
import dev.weir.inference.ByteBudget;
import dev.weir.servable.ComputePool;
import inference.wire.GRPCInferenceServiceGrpc;
import inference.wire.ModelConfigRequest;
import inference.wire.ModelInferResponse;
import inference.wire.ModelMetadataRequest;
import inference.wire.ModelReadyRequest;
import inference.wire.ModelStatisticsRequest;
import io.grpc.Metadata;
import io.grpc.Status;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server with little room, and deployments that tell less, take less, or are not there. */
@QuarkusTest
@TestProfile(TightServer.class)
class GrpcLimitsTest {

    @TestHTTPResource
    URI server;

    @Inject
    ByteBudget budget;

    @Inject
    ComputePool compute;

    GrpcClient client;

    @BeforeEach
    void connect() {
        client = new GrpcClient(server);
    }

    @AfterEach
    void leaveNothingReserved() {
        await().untilAsserted(() -> assertThat(budget.reserved()).isZero());
        client.close();
    }

    @Test
    void shouldRefuseAMessageTheByteBudgetHasNoRoomFor() throws InvalidProtocolBufferException {
        // 60 kB as they arrive and 60 kB as a tensor are more than is left.
        long others = TightServer.BYTE_BUDGET - 100_000;
        budget.reserve(others);
        Refusal refusal;
        try {
            refusal = client.refuseInfer(rawIris(rows(3750)).setModelName("iris"));
        } finally {
            budget.release(others);
        }

        assertThat(refusal.status().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(refusal.trailer("weir-code")).isEqualTo("BYTE_BUDGET_EXHAUSTED");
        requireRetryInfo(refusal);
        assertThat(client.infer(rawIris(rows(1500)).setModelName("iris"))
                        .message()
                        .getOutputsCount())
                .isEqualTo(2);
    }

    private static float[][] rows(int count) {
        float[][] rows = new float[count][];
        java.util.Arrays.fill(rows, SETOSA);
        return rows;
    }

    @Test
    void shouldRefuseWhatTheQueueHasNoPlaceFor() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try {
            for (int i = 0; i < compute.threads(); i++) {
                compute.execute(() -> {
                    try {
                        release.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
            }
            Future<ModelInferResponse> first = GRPCInferenceServiceGrpc.newFutureStub(client.channel())
                    .modelInfer(rawIris(SETOSA).setModelName("narrow").build());
            await().untilAsserted(() -> assertThat(budget.reserved()).isPositive());

            Refusal second = client.refuseInfer(iris(SETOSA).setModelName("narrow"));

            assertThat(second.status().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            assertThat(second.trailer("weir-code")).isEqualTo("QUEUE_FULL");
            assertThat(second.trailer("weir-prediction-id")).isNotEmpty();
            requireRetryInfo(second);
            release.countDown();
            assertThat(first.get().getOutputsCount()).isEqualTo(2);
        } finally {
            release.countDown();
        }
    }

    private static void requireRetryInfo(Refusal refusal) throws InvalidProtocolBufferException {
        assertThat(refusal.trailer("retry-after")).isEqualTo("1");
        com.google.rpc.Status details = com.google.rpc.Status.parseFrom(
                refusal.trailers().get(Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER)));
        assertThat(details.getDetails(1).unpack(RetryInfo.class).getRetryDelay().getSeconds())
                .isEqualTo(1);
    }

    @Test
    void shouldRefuseAMessageThatTakesTooLongToArrive() {
        try (RawClient raw = new RawClient(server)) {
            Map<String, String> trailers = raw.sendAndNeverEnd(InferCall.PATH, RawClient.framed(0, 1000, new byte[10]));

            assertThat(trailers)
                    .containsEntry("grpc-status", String.valueOf(Status.Code.DEADLINE_EXCEEDED.value()))
                    .containsEntry("weir-code", "BODY_TIMEOUT");
        }
    }

    @Test
    void shouldRefuseWhatIsLargerThanConfigured() {
        Refusal refusal = client.refuseInfer(
                rawIris(SETOSA).setModelName("iris").addRawInputContents(ByteString.copyFrom(new byte[65_536])));

        assertThat(refusal.trailer("weir-code")).isEqualTo("BODY_TOO_LARGE");
        assertThat(refusal.trailer("weir-limit")).isEqualTo("65536");
    }

    @Test
    void shouldTellNoMoreThanTheVersionWhenThatIsAllADeploymentDiscloses() {
        Reply<ModelInferResponse> reply = client.infer(iris(SETOSA).setModelName("versioned"));

        assertThat(reply.message().getModelVersion()).isEqualTo("1");
        assertThat(reply.message().getParametersMap()).containsOnlyKeys("weir_prediction_id");
        assertThat(reply.header("weir-model-version")).isEqualTo("1");
        assertThat(reply.header("weir-variant")).isNull();
    }

    @Test
    void shouldTellNothingOfAnOpaqueDeployment() {
        Reply<ModelInferResponse> reply = client.infer(iris(SETOSA).setModelName("opaque"));

        assertThat(reply.message().getModelName()).isEqualTo("opaque");
        assertThat(reply.message().getModelVersion()).isEmpty();
        assertThat(reply.message().getParametersMap()).containsOnlyKeys("weir_prediction_id");
        assertThat(reply.header("weir-prediction-id")).isNotEmpty();
        assertThat(reply.header("weir-model-version")).isNull();
        assertThat(reply.header("weir-variant")).isNull();
        assertThat(client.call(stub -> stub.modelMetadata(ModelMetadataRequest.newBuilder()
                                .setName("opaque")
                                .build()))
                        .message()
                        .getVersionsList())
                .isEmpty();
        assertThat(client.call(stub -> stub.modelStatistics(ModelStatisticsRequest.newBuilder()
                                .setName("opaque")
                                .build()))
                        .message()
                        .getModelStats(0)
                        .getVersion())
                .isEmpty();
        assertThat(client.refuse(stub -> stub.modelMetadata(ModelMetadataRequest.newBuilder()
                                .setName("opaque")
                                .setVersion("1")
                                .build()))
                        .trailer("weir-code"))
                .isEqualTo("UNKNOWN_VERSION");
    }

    @Test
    void shouldSayThatAModelIsNotReady() {
        assertThat(client.call(stub -> stub.modelReady(
                                ModelReadyRequest.newBuilder().setName("absent").build()))
                        .message()
                        .getReady())
                .isFalse();
        Refusal infer = client.refuseInfer(iris(SETOSA).setModelName("absent"));
        Refusal config = client.refuse(stub -> stub.modelConfig(
                ModelConfigRequest.newBuilder().setName("absent").build()));
        for (Refusal refusal : new Refusal[] {infer, config}) {
            assertThat(refusal.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(refusal.trailer("weir-code")).isEqualTo("MODEL_NOT_READY");
        }
    }
}
