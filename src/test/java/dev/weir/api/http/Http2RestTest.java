package dev.weir.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.api.TightServer;
import dev.weir.inference.ByteBudget;
import dev.weir.serving.InFlight;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** REST over HTTP/2: well-formed answers, and streams that end with them. */
@QuarkusTest
@TestProfile(TightServer.class)
class Http2RestTest {

    private static final String INFER = "/v2/models/iris/infer";
    private static final String ROW =
            "{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[1,4],\"data\":[5.1,3.5,1.4,0.2]}]}";

    @Inject
    ByteBudget budget;

    @Inject
    InFlight inFlight;

    @TestHTTPResource
    URI server;

    private Http2Client client;

    @BeforeEach
    void connect() {
        client = new Http2Client(server);
    }

    @AfterEach
    void leavesNothingBehind() {
        await().untilAsserted(() -> {
            assertThat(budget.reserved()).isZero();
            assertThat(inFlight.count()).isZero();
        });
        client.close();
    }

    @Test
    void answersAPrediction() {
        assertThat(client.send(HttpMethod.POST, INFER, ROW).status()).isEqualTo(200);
    }

    @Test
    void refusesABodyThatIsTooLargeAndKeepsTheConnection() {
        Http2Client.Answer answer = client.send(HttpMethod.POST, INFER, "x".repeat(100_000));

        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.body()).contains("BODY_TOO_LARGE");
        assertThat(answer.head().headers().contains(HttpHeaders.CONNECTION)).isFalse();
        assertThat(client.send(HttpMethod.POST, INFER, ROW).status()).isEqualTo(200);
    }

    @Test
    void refusesABodyThatStallsAndEndsItsStream() {
        HttpClientRequest request = client.open(HttpMethod.POST, INFER);
        CompletableFuture<Throwable> reset = new CompletableFuture<>();
        request.exceptionHandler(reset::complete);
        CompletableFuture<Http2Client.Answer> answer = Http2Client.answer(request);
        request.putHeader("content-length", "100").write("{");

        assertThat(answer.join().status()).isEqualTo(408);
        assertThat(answer.join().body()).contains("BODY_TIMEOUT");
        await().untilAsserted(() -> assertThat(reset).isDone());
    }

    @Test
    void answersHeadWithoutABody() {
        Http2Client.Answer head = client.send(HttpMethod.HEAD, "/v2/models/iris", "");

        assertThat(head.status()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(head.head().getHeader(HttpHeaders.CONTENT_LENGTH))
                .isEqualTo(String.valueOf(client.send(HttpMethod.GET, "/v2/models/iris", "")
                        .body()
                        .length()));
    }

    @Test
    void forgetsACallerWhoResetsInTheMiddle() {
        HttpClientRequest request = client.open(HttpMethod.POST, INFER);
        request.putHeader("content-length", "1000").write("{");
        await().untilAsserted(() -> assertThat(budget.reserved()).isPositive());

        request.reset(8);

        await().untilAsserted(() -> assertThat(budget.reserved()).isZero());
    }

    @Test
    void keepsNothingOfABodyItRefusedInTheMiddle() {
        List<HttpClientRequest> requests = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            HttpClientRequest request = client.open(HttpMethod.POST, INFER);
            request.response().onComplete(done -> {});
            request.putHeader("content-length", "60000").write("x".repeat(50_000));
            requests.add(request);
        }

        await().untilAsserted(() -> assertThat(budget.reserved()).isZero());
        await().untilAsserted(() -> assertThat(inFlight.count()).isZero());
    }

    @Test
    void boundsTheStreamsOfAConnection() {
        HttpClientRequest request = client.open(HttpMethod.GET, "/v2");
        Http2Client.join(request.send());

        assertThat(request.connection().remoteSettings().getMaxConcurrentStreams())
                .isEqualTo(256);
    }
}
