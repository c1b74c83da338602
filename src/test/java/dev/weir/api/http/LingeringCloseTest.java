package dev.weir.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Callers who were refused in the middle of their body, over real sockets. */
class LingeringCloseTest {

    private static final long QUIET_MILLIS = 50;
    private static final String HEAD = "POST / HTTP/1.1\r\nHost: weir\r\nTransfer-Encoding: chunked\r\n\r\n";

    private final Vertx vertx = Vertx.vertx();
    private final HttpServer server = vertx.createHttpServer()
            .requestHandler(request -> {
                request.response().setChunked(true).write("refused");
                LingeringClose.begin(vertx, request, QUIET_MILLIS);
            })
            .listen(0, InetAddress.getLoopbackAddress().getHostAddress())
            .toCompletionStage()
            .toCompletableFuture()
            .join();

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.actualPort());
        socket.setSoTimeout(60_000);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void closesTheConnectionOfACallerWhoGoesOnSending() throws IOException {
        try (Socket socket = connect()) {
            send(socket, HEAD);
            String piece = "4000\r\n" + "x".repeat(0x4000) + "\r\n";

            await().untilAsserted(() -> assertThatIOException().isThrownBy(() -> send(socket, piece)));
        }
    }

    @Test
    void closesTheConnectionOfACallerWhoFallsSilent() throws IOException {
        try (Socket socket = connect()) {
            send(socket, HEAD + "1\r\nx\r\n");

            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .contains("refused");
        }
    }
}
