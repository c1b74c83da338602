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
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
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

    private static final String INFER = InferCall.PATH;
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
    RawClient raw;

    @BeforeEach
    void connect() {
        client = new GrpcClient(server);
        raw = new RawClient(server);
    }

    @AfterEach
    void leaveNothingReservedAndEverythingServing() {
        await().untilAsserted(() -> assertThat(budget.reserved()).isZero());
        assertThat(client.infer(iris(SETOSA)).message().getOutputsCount()).isEqualTo(2);
        client.close();
        raw.close();
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
        refuses(RawClient.framed(7, message.length, message), Status.Code.INVALID_ARGUMENT, "MALFORMED_BODY");
        refuses(RawClient.framed(0, message.length + 1, message), Status.Code.INVALID_ARGUMENT, "MALFORMED_BODY");
        refuses(RawClient.framed(0, message.length - 1, message), Status.Code.INVALID_ARGUMENT, "MALFORMED_BODY");
        refuses(
                RawClient.framed(0, message.length, message).appendBuffer(RawClient.framed(0, message.length, message)),
                Status.Code.INVALID_ARGUMENT,
                "MALFORMED_BODY");
        refuses(Buffer.buffer(), Status.Code.INVALID_ARGUMENT, "MALFORMED_BODY");
        refuses(Buffer.buffer("\0\0\0"), Status.Code.INVALID_ARGUMENT, "MALFORMED_BODY");
        refuses(RawClient.framed(0, -1, message), Status.Code.RESOURCE_EXHAUSTED, "BODY_TOO_LARGE");
        refuses(RawClient.framed(0, (16 << 20) + 1, message), Status.Code.RESOURCE_EXHAUSTED, "BODY_TOO_LARGE");
    }

    @Test
    void shouldRefuseWhatIsNoProtocolBuffers() {
        byte[] garbage = {(byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 7, 9};
        refuses(RawClient.framed(0, garbage.length, garbage), Status.Code.INVALID_ARGUMENT, "MALFORMED_BODY");
        Map<String, String> trailers = raw.send(
                HttpMethod.POST,
                "/inference.GRPCInferenceService/ModelReady",
                "application/grpc",
                RawClient.framed(0, garbage.length, garbage));
        assertThat(trailers).containsEntry("weir-code", "MALFORMED_BODY");
    }

    @Test
    void shouldRefuseOtherMethodsAndEncodings() {
        Buffer message = RawClient.framed(0, 0, new byte[0]);
        assertThat(raw.send(HttpMethod.PUT, INFER, "application/grpc", message))
                .containsEntry("grpc-status", "12")
                .containsEntry("weir-code", "METHOD_NOT_ALLOWED");
        assertThat(raw.send(HttpMethod.POST, INFER, "application/grpc+json", message))
                .containsEntry("grpc-status", "12")
                .containsEntry("weir-code", "UNSUPPORTED_MEDIA_TYPE");
        assertThat(raw.send(HttpMethod.POST, "/v2/health/live", "application/grpc", message))
                .containsEntry("grpc-status", "12")
                .containsEntry("weir-code", "NOT_FOUND");
        assertThat(raw.send(HttpMethod.POST, INFER, "application/grpc+proto", message))
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
                    raw.send(HttpMethod.POST, INFER, "application/grpc", RawClient.framed(0, message.length, message));
            assertThat(trailers.get("grpc-status"))
                    .isIn("0", String.valueOf(Status.Code.INVALID_ARGUMENT.value()), "5");
            assertThat(trailers).containsKey("x-request-id");
        }
    }

    @Test
    void shouldReserveWhatArrivesAndNotWhatIsAnnounced() {
        HttpClientRequest request = raw.open(HttpMethod.POST, INFER, "application/grpc");
        request.write(RawClient.framed(0, 16 << 20, new byte[1000]));
        await().untilAsserted(() -> assertThat(budget.reserved()).isBetween(1000L, 100_000L));

        request.reset(8);
    }

    @Test
    void shouldForgetACallerWhoResetsHalfWay() {
        double before = cancelled();
        HttpClientRequest request = raw.open(HttpMethod.POST, INFER, "application/grpc");
        request.write(RawClient.framed(0, 100_000, new byte[50_000]));
        await().untilAsserted(() -> assertThat(budget.reserved()).isGreaterThan(40_000));

        request.reset(8);

        await().untilAsserted(() -> assertThat(cancelled()).isEqualTo(before + 1));
    }

    @Test
    void shouldForgetACallerWhoseConnectionBreaksHalfWay() {
        double before = cancelled();
        HttpClientRequest request = raw.open(HttpMethod.POST, INFER, "application/grpc");
        request.write(RawClient.framed(0, 100_000, new byte[50_000]));
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
            HttpClientRequest request = raw.open(HttpMethod.POST, INFER, "application/grpc");
            request.putHeader("grpc-timeout", "50m");
            CompletableFuture<Map<String, String>> answer = RawClient.answer(request);
            request.end(RawClient.framed(0, message.length, message));

            assertThat(answer.get(60, TimeUnit.SECONDS))
                    .containsEntry("grpc-status", String.valueOf(Status.Code.DEADLINE_EXCEEDED.value()))
                    .containsEntry("weir-code", "DEADLINE_EXCEEDED");
        }
    }

    @Test
    void shouldTakeDeadlinesBeyondAllReasonForNone() throws Exception {
        assertThat(client.infer(iris(SETOSA)
                                .putParameters(
                                        "timeout",
                                        InferParameter.newBuilder()
                                                .setInt64Param(Long.MAX_VALUE)
                                                .build()))
                        .message()
                        .getOutputsCount())
                .isEqualTo(2);
        byte[] message = iris(SETOSA).build().toByteArray();
        HttpClientRequest request = raw.open(HttpMethod.POST, INFER, "application/grpc");
        request.putHeader("grpc-timeout", "99999999H");
        CompletableFuture<Map<String, String>> answer = RawClient.answer(request);
        request.end(RawClient.framed(0, message.length, message));

        assertThat(answer.get(60, TimeUnit.SECONDS)).containsEntry("grpc-status", "0");
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
            assertThat(taken.await(60, TimeUnit.SECONDS)).isTrue();
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
        Map<String, String> trailers = raw.send(HttpMethod.POST, INFER, "application/grpc", body);
        assertThat(trailers)
                .containsEntry("weir-code", code)
                .containsEntry("grpc-status", String.valueOf(status.value()))
                .containsKey("x-request-id");
    }
}
