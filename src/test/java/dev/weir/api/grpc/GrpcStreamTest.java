package dev.weir.api.grpc;

import static dev.weir.api.grpc.GrpcClient.SETOSA;
import static dev.weir.api.grpc.GrpcClient.iris;
import static dev.weir.api.grpc.GrpcClient.rawIris;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.api.grpc.GrpcClient.Refusal;
import dev.weir.inference.ByteBudget;
import dev.weir.servable.ComputePool;
import inference.wire.GRPCInferenceServiceGrpc;
import inference.wire.InferParameter;
import inference.wire.ModelInferResponse;
import inference.wire.ModelStatisticsRequest;
import inference.wire.StatisticDuration;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What happens below the messages: broken framing, slow models, callers that go away. */
@QuarkusTest
class GrpcStreamTest {

    private static final String INFER = "/inference.GRPCInferenceService/ModelInfer";
    private static final long FUZZ_SEED = 42_2026;

    @TestHTTPResource
    URI server;

    @Inject
    ByteBudget budget;

    @Inject
    ComputePool compute;

    @Inject
    MeterRegistry meters;

    GrpcClient client;
    Vertx vertx;
    HttpClient raw;

    @BeforeEach
    void connect() {
        client = new GrpcClient(server);
        vertx = Vertx.vertx();
        raw = vertx.createHttpClient(
                new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false));
    }

    @AfterEach
    void leaveNothingReservedAndEverythingServing() {
        await().untilAsserted(() -> assertThat(budget.reserved()).isZero());
        assertThat(client.infer(iris(SETOSA)).message().getOutputsCount()).isEqualTo(2);
        client.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void shouldRefuseACompressedMessage() {
        Refusal refusal = client.refuse(
                stub -> stub.withCompression("gzip").modelInfer(rawIris(SETOSA).build()), "x-request-id", "zip");

        assertThat(refusal.status().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
        assertThat(refusal.trailer("weir-code")).isEqualTo("UNSUPPORTED_MEDIA_TYPE");
        assertThat(refusal.trailer("x-request-id")).isEqualTo("zip");
        assertThat(refusal.trailer("grpc-accept-encoding")).isEqualTo("identity");
    }

    @Test
    void shouldRefuseBrokenFraming() {
        byte[] message = rawIris(SETOSA).build().toByteArray();
        refuses(framed(7, message.length, message), Status.Code.INVALID_ARGUMENT, "MALFORMED_BODY");
        refuses(framed(0, message.length + 1, message), Status.Code.INVALID_ARGUMENT, "MALFORMED_BODY");
        refuses(framed(0, message.length - 1, message), Status.Code.INVALID_ARGUMENT, "MALFORMED_BODY");
        refuses(
                framed(0, message.length, message).appendBuffer(framed(0, message.length, message)),
                Status.Code.INVALID_ARGUMENT,
                "MALFORMED_BODY");
        refuses(Buffer.buffer(), Status.Code.INVALID_ARGUMENT, "MALFORMED_BODY");
        refuses(Buffer.buffer("\0\0\0"), Status.Code.INVALID_ARGUMENT, "MALFORMED_BODY");
        refuses(framed(0, -1, message), Status.Code.RESOURCE_EXHAUSTED, "BODY_TOO_LARGE");
        refuses(framed(0, (16 << 20) + 1, message), Status.Code.RESOURCE_EXHAUSTED, "BODY_TOO_LARGE");
    }

    @Test
    void shouldRefuseWhatIsNoProtocolBuffers() {
        byte[] garbage = {(byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 7, 9};
        refuses(framed(0, garbage.length, garbage), Status.Code.INVALID_ARGUMENT, "MALFORMED_BODY");
        Map<String, String> trailers = send(
                HttpMethod.POST,
                "/inference.GRPCInferenceService/ModelReady",
                "application/grpc",
                framed(0, garbage.length, garbage));
        assertThat(trailers).containsEntry("weir-code", "MALFORMED_BODY");
    }

    @Test
    void shouldRefuseOtherMethodsAndEncodings() {
        Buffer message = framed(0, 0, new byte[0]);
        assertThat(send(HttpMethod.PUT, INFER, "application/grpc", message))
                .containsEntry("grpc-status", "12")
                .containsEntry("weir-code", "METHOD_NOT_ALLOWED");
        assertThat(send(HttpMethod.POST, INFER, "application/grpc+json", message))
                .containsEntry("grpc-status", "12")
                .containsEntry("weir-code", "UNSUPPORTED_MEDIA_TYPE");
        assertThat(send(HttpMethod.POST, "/v2/health/live", "application/grpc", message))
                .containsEntry("grpc-status", "12")
                .containsEntry("weir-code", "NOT_FOUND");
        assertThat(send(HttpMethod.POST, INFER, "application/grpc+proto", message))
                .containsEntry("weir-code", "UNKNOWN_MODEL");
    }

    @Test
    void shouldAnswerWhateverBytesItIsSent() {
        Random random = new Random(FUZZ_SEED);
        byte[] seed = iris(SETOSA).setId("fuzz").build().toByteArray();
        for (int round = 0; round < 300; round++) {
            byte[] message = seed.clone();
            for (int i = random.nextInt(6); i > 0; i--) {
                message[random.nextInt(message.length)] = (byte) random.nextInt(256);
            }
            Map<String, String> trailers =
                    send(HttpMethod.POST, INFER, "application/grpc", framed(0, message.length, message));
            assertThat(trailers.get("grpc-status"))
                    .isIn("0", String.valueOf(Status.Code.INVALID_ARGUMENT.value()), "5");
            assertThat(trailers).containsKey("x-request-id");
        }
    }

    @Test
    void shouldReserveWhatArrivesAndNotWhatIsAnnounced() {
        HttpClientRequest request = open(INFER);
        request.write(framed(0, 16 << 20, new byte[1000]));
        await().untilAsserted(() -> assertThat(budget.reserved()).isBetween(1000L, 100_000L));

        request.reset(8);
    }

    @Test
    void shouldForgetACallerWhoResetsHalfWay() {
        double before = cancelled();
        HttpClientRequest request = open(INFER);
        request.write(framed(0, 100_000, new byte[50_000]));
        await().untilAsserted(() -> assertThat(budget.reserved()).isGreaterThan(40_000));

        request.reset(8);

        await().untilAsserted(() -> assertThat(cancelled()).isEqualTo(before + 1));
    }

    @Test
    void shouldForgetACallerWhoseConnectionBreaksHalfWay() {
        double before = cancelled();
        HttpClientRequest request = open(INFER);
        request.write(framed(0, 100_000, new byte[50_000]));
        await().untilAsserted(() -> assertThat(budget.reserved()).isGreaterThan(40_000));

        request.connection().close();

        await().untilAsserted(() -> assertThat(cancelled()).isEqualTo(before + 1));
    }

    @Test
    void shouldEndACallWhenItsCallerCancels() throws Exception {
        double before = cancelled();
        long attempts = failures();
        try (Busy _ = new Busy()) {
            Context.CancellableContext context = Context.current().withCancellation();
            context.run(() -> inferAndForget());
            await().untilAsserted(() -> assertThat(budget.reserved()).isPositive());

            context.cancel(null);

            await().untilAsserted(() -> assertThat(cancelled()).isEqualTo(before + 1));
            assertThat(failures()).isEqualTo(attempts + 1);
        }
    }

    @Test
    void shouldEndACallWhenItsConnectionBreaks() throws Exception {
        double before = cancelled();
        try (Busy _ = new Busy()) {
            inferAndForget();
            await().untilAsserted(() -> assertThat(budget.reserved()).isPositive());

            client.close();
            client = new GrpcClient(server);

            await().untilAsserted(() -> assertThat(cancelled()).isEqualTo(before + 1));
        }
    }

    private void inferAndForget() {
        GRPCInferenceServiceGrpc.newStub(client.channel())
                .modelInfer(rawIris(SETOSA).build(), new StreamObserver<>() {
                    @Override
                    public void onNext(ModelInferResponse answer) {}

                    @Override
                    public void onError(Throwable failure) {}

                    @Override
                    public void onCompleted() {}
                });
    }

    @Test
    void shouldAnswerAtTheDeadlineTheCallerSets() throws Exception {
        try (Busy _ = new Busy()) {
            Refusal header = client.refuseInfer(iris(SETOSA), "weir-timeout-ms", "50");
            Refusal parameter = client.refuseInfer(iris(SETOSA)
                    .putParameters(
                            "timeout",
                            InferParameter.newBuilder().setInt64Param(50_000).build()));

            for (Refusal refusal : new Refusal[] {header, parameter}) {
                assertThat(refusal.status().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
                assertThat(refusal.trailer("weir-code")).isEqualTo("DEADLINE_EXCEEDED");
                assertThat(UUID.fromString(refusal.trailer("weir-prediction-id"))
                                .version())
                        .isEqualTo(7);
            }
        }
    }

    @Test
    void shouldAnswerAtGrpcsOwnDeadline() throws Exception {
        byte[] message = iris(SETOSA).build().toByteArray();
        try (Busy _ = new Busy()) {
            CompletableFuture<Map<String, String>> answer = new CompletableFuture<>();
            HttpClientRequest request = open(INFER);
            request.putHeader("grpc-timeout", "50m");
            receive(request, answer);
            request.end(framed(0, message.length, message));

            assertThat(answer.get(10, TimeUnit.SECONDS))
                    .containsEntry("grpc-status", String.valueOf(Status.Code.DEADLINE_EXCEEDED.value()))
                    .containsEntry("weir-code", "DEADLINE_EXCEEDED");
        }
    }

    /** Keeps every compute thread busy, so that requests wait. */
    private final class Busy implements AutoCloseable {
        private final CountDownLatch release = new CountDownLatch(1);

        Busy() throws InterruptedException {
            CountDownLatch taken = new CountDownLatch(compute.threads());
            for (int i = 0; i < compute.threads(); i++) {
                compute.execute(() -> {
                    taken.countDown();
                    try {
                        release.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
            }
            assertThat(taken.await(10, TimeUnit.SECONDS)).isTrue();
        }

        @Override
        public void close() {
            release.countDown();
        }
    }

    private double cancelled() {
        return meters.find("weir.requests").tags("protocol", "grpc", "result", "cancelled").counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    private long failures() {
        StatisticDuration failed = client.call(stub -> stub.modelStatistics(
                        ModelStatisticsRequest.newBuilder().setName("iris").build()))
                .message()
                .getModelStats(0)
                .getInferenceStats()
                .getFail();
        return failed.getCount();
    }

    private void refuses(Buffer body, Status.Code status, String code) {
        Map<String, String> trailers = send(HttpMethod.POST, INFER, "application/grpc", body);
        assertThat(trailers)
                .containsEntry("weir-code", code)
                .containsEntry("grpc-status", String.valueOf(status.value()))
                .containsKey("x-request-id");
    }

    private static Buffer framed(int flag, int announced, byte[] message) {
        return Buffer.buffer().appendByte((byte) flag).appendInt(announced).appendBytes(message);
    }

    private HttpClientRequest open(String path) {
        HttpClientRequest request = open(HttpMethod.POST, path);
        return request.putHeader("content-type", "application/grpc").setChunked(true);
    }

    private HttpClientRequest open(HttpMethod method, String path) {
        return raw.request(method, server.getPort(), server.getHost(), path)
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    private static void receive(HttpClientRequest request, CompletableFuture<Map<String, String>> answer) {
        request.response().onFailure(answer::completeExceptionally).onSuccess(response -> {
            response.exceptionHandler(answer::completeExceptionally);
            response.endHandler(v -> {
                Map<String, String> all = new java.util.HashMap<>();
                response.headers().forEach(all::put);
                response.trailers().forEach(all::put);
                answer.complete(all);
            });
        });
    }

    private Map<String, String> send(HttpMethod method, String path, String type, Buffer body) {
        CompletableFuture<Map<String, String>> answer = new CompletableFuture<>();
        HttpClientRequest request = open(method, path).putHeader("content-type", type);
        receive(request, answer);
        request.end(body);
        return answer.orTimeout(10, TimeUnit.SECONDS).join();
    }
}
