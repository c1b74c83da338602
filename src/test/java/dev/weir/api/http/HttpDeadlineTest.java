package dev.weir.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.inference.ByteBudget;
import dev.weir.servable.ComputePool;
import dev.weir.serving.InFlight;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What happens to REST callers while every compute thread is busy: they wait, run out of time, or leave. */
@QuarkusTest
class HttpDeadlineTest {

    private static final String INFER = "/v2/models/iris/infer";
    private static final String ROW =
            "{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[1,4],\"data\":[5.1,3.5,1.4,0.2]}]}";
    private static final String LARGE =
            ROW.substring(0, ROW.length() - 1) + ",\"padding\":\"" + "x".repeat(33_000) + "\"}";

    @Inject
    ByteBudget budget;

    @Inject
    InFlight inFlight;

    @Inject
    ComputePool compute;

    @Inject
    MeterRegistry meters;

    @TestHTTPResource
    URI server;

    private final CountDownLatch release = new CountDownLatch(1);
    private Http2Client client;

    @BeforeEach
    void connectAndKeepEveryThreadBusy() throws InterruptedException {
        client = new Http2Client(server);
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

    @AfterEach
    void leaveNothingBehind() {
        release.countDown();
        await().untilAsserted(() -> {
            assertThat(budget.reserved()).isZero();
            assertThat(inFlight.count()).isZero();
        });
        assertThat(client.send(HttpMethod.POST, INFER, ROW).status()).isEqualTo(200);
        client.close();
    }

    private CompletableFuture<Http2Client.Answer> send(Http2Client client, String body, String timeout) {
        HttpClientRequest request = client.open(HttpMethod.POST, INFER).putHeader("Weir-Timeout-Ms", timeout);
        CompletableFuture<Http2Client.Answer> answer = Http2Client.answer(request);
        request.end(body);
        return answer;
    }

    private double cancelled() {
        return meters.find("weir.requests").tags("protocol", "v2", "result", "cancelled").counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    private double cancelledAttempts() {
        return meters.find("weir.executions").tags("result", "cancelled").counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    @Test
    void answersALargeBodyAtItsDeadlineThoughNothingDecodesIt() {
        Http2Client.Answer answer = send(client, LARGE, "50").join();

        assertThat(answer.status()).isEqualTo(504);
        assertThat(answer.body()).contains("DEADLINE_EXCEEDED");
        assertThat(answer.head().getHeader("Weir-Prediction-Id"))
                .as("it came to no attempt")
                .isNull();
    }

    @Test
    void givesTheBytesOfAnExpiredBodyBackBeforeAThreadIsFree() {
        send(client, LARGE, "50").join();

        await().untilAsserted(() -> assertThat(budget.reserved()).isZero());
    }

    @Test
    void answersASmallBodyAtItsDeadline() {
        Http2Client.Answer answer = send(client, ROW, "500").join();

        assertThat(answer.status()).isEqualTo(504);
        assertThat(answer.head().getHeader("Weir-Prediction-Id")).isNotNull();
    }

    @Test
    void turnsLargeBodiesAwayWhenTooManyWaitToBeDecoded() {
        try (Http2Client second = new Http2Client(server)) {
            List<CompletableFuture<Http2Client.Answer>> waiting = new ArrayList<>();
            for (int i = 0; i < 256; i++) {
                waiting.add(send(i % 2 == 0 ? client : second, LARGE, "30000"));
            }
            await().untilAsserted(() -> assertThat(budget.reserved()).isGreaterThanOrEqualTo(256L * LARGE.length()));

            Http2Client.Answer answer = send(client, LARGE, "30000").join();

            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).contains("QUEUE_FULL");
            assertThat(answer.head().getHeader("Retry-After")).isEqualTo("1");
            release.countDown();
            assertThat(waiting)
                    .allSatisfy(one -> assertThat(one.join().status()).isIn(200, 503));
        }
    }

    @Test
    void noticesACallerWhoLeavesBeforeItsBodyIsDecoded() throws IOException {
        double before = cancelled();
        try (Socket socket = leaving(LARGE)) {
            await().untilAsserted(() -> assertThat(budget.reserved()).isGreaterThan(33_000));
        }

        await().untilAsserted(() -> assertThat(cancelled()).isEqualTo(before + 1));
        await().untilAsserted(() -> assertThat(budget.reserved()).isZero());
    }

    @Test
    void cancelsThePredictionOfACallerWhoLeaves() throws IOException {
        double before = cancelled();
        double attempts = cancelledAttempts();
        try (Socket socket = leaving(ROW)) {
            await().untilAsserted(() -> assertThat(inFlight.count()).isEqualTo(1));
            await().untilAsserted(() -> assertThat(budget.reserved()).isGreaterThan(ROW.length()));
        }

        await().untilAsserted(() -> assertThat(cancelled()).isEqualTo(before + 1));
        await().untilAsserted(() -> assertThat(cancelledAttempts()).isEqualTo(attempts + 1));
    }

    @Test
    void cancelsThePredictionOfACallerWhoResetsItsStream() {
        double before = cancelled();
        HttpClientRequest request = client.open(HttpMethod.POST, INFER);
        request.response().onComplete(done -> {});
        request.end(ROW);
        await().untilAsserted(() -> assertThat(budget.reserved()).isGreaterThan(ROW.length()));

        request.reset(8);

        await().untilAsserted(() -> assertThat(cancelled()).isEqualTo(before + 1));
    }

    private Socket leaving(String body) throws IOException {
        Socket socket = new Socket(server.getHost(), server.getPort());
        String request =
                "POST " + INFER + " HTTP/1.1\r\nHost: weir\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }
}
