package dev.weir.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.weir.api.Protocol;
import dev.weir.inference.ByteBudget;
import dev.weir.inference.InferenceRequest;
import dev.weir.serving.Admission;
import dev.weir.serving.InFlight;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Errors of the virtual machine, such as a lack of memory, at every edge of an exchange. */
@QuarkusTest
class ErrorsTest {

    @Inject
    Vertx vertx;

    @Inject
    DataPlane dataPlane;

    @Inject
    ByteBudget budget;

    @Inject
    InFlight inFlight;

    private HttpServer server;

    @AfterEach
    void leavesNothingBehind() {
        Http2Client.join(server.close());
        await().untilAsserted(() -> {
            assertThat(budget.reserved()).isZero();
            assertThat(inFlight.count()).isZero();
        });
    }

    private HttpResponse<String> ask(DataPlane.Step step, int bytes) throws IOException, InterruptedException {
        server = Http2Client.join(vertx.createHttpServer()
                .requestHandler(request -> dataPlane.exchange(request, Protocol.V2, step))
                .listen(0, "127.0.0.1"));
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.actualPort() + "/"))
                            .version(HttpClient.Version.HTTP_1_1)
                            .POST(HttpRequest.BodyPublishers.ofString("x".repeat(bytes)))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    private HttpResponse<String> decode(DataPlane.Decoder decoder, int bytes) throws IOException, InterruptedException {
        return ask((exchange, caller) -> dataPlane.predict(exchange, caller, "iris", null, decoder), bytes);
    }

    private static DataPlane.Call outOfMemory(Admission admission, Body body) {
        throw new OutOfMemoryError("planted");
    }

    private static void isAnInternalError(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body()).contains("INTERNAL_ERROR").doesNotContain("planted");
    }

    @Test
    void answersAnErrorBeforeTheBody() throws Exception {
        isAnInternalError(ask(
                (exchange, caller) -> {
                    throw new StackOverflowError("planted");
                },
                10));
    }

    @Test
    void answersAnErrorInDecodingASmallBody() throws Exception {
        isAnInternalError(decode(ErrorsTest::outOfMemory, 10));
    }

    @Test
    void answersAnErrorInDecodingALargeBody() throws Exception {
        isAnInternalError(decode(ErrorsTest::outOfMemory, 40_000));
    }

    @Test
    void answersAnErrorInRunningTheModel() throws Exception {
        HttpResponse<String> answer = ask(
                (exchange, caller) -> dataPlane.predict(
                        exchange,
                        caller,
                        "iris",
                        null,
                        (admission, body) -> new DataPlane.Call(
                                new InferenceRequest(exchange.scope().id(), List.of(), List.of(), 1, exchange.memory()),
                                prediction -> {},
                                null,
                                null)),
                10);

        assertThat(answer.statusCode()).isEqualTo(500);
    }

    @Test
    void closesTheConnectionWhenTheAnswerCanNotBeWritten() {
        assertThat(catchThrowable(() -> ask(
                        (exchange, caller) -> exchange.succeed("text/plain", Buffer.buffer(), headers -> {
                            throw new OutOfMemoryError("planted");
                        }),
                        10)))
                .isInstanceOf(IOException.class);
    }
}
