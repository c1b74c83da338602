package dev.weir.api.grpc;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** An HTTP/2 client that says what no gRPC library would. */
final class RawClient implements AutoCloseable {

    private final URI server;
    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client = vertx.createHttpClient(
            new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false));

    RawClient(URI server) {
        this.server = server;
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    static Buffer framed(int flag, int announced, byte[] message) {
        return Buffer.buffer().appendByte((byte) flag).appendInt(announced).appendBytes(message);
    }

    HttpClientRequest open(HttpMethod method, String path, String type) {
        return client.request(method, server.getPort(), server.getHost(), path)
                .toCompletionStage()
                .toCompletableFuture()
                .join()
                .putHeader("content-type", type)
                .setChunked(true);
    }

    /** Returns the headers and trailers that will come. */
    static CompletableFuture<Map<String, String>> answer(HttpClientRequest request) {
        CompletableFuture<Map<String, String>> answer = new CompletableFuture<>();
        request.response().onFailure(answer::completeExceptionally).onSuccess(response -> {
            response.exceptionHandler(answer::completeExceptionally);
            response.endHandler(v -> {
                Map<String, String> all = new HashMap<>();
                response.headers().forEach(all::put);
                response.trailers().forEach(all::put);
                answer.complete(all);
            });
        });
        return answer.orTimeout(60, TimeUnit.SECONDS);
    }

    /** Sends a whole request and returns the headers and trailers of the answer. */
    Map<String, String> send(HttpMethod method, String path, String type, Buffer body) {
        HttpClientRequest request = open(method, path, type);
        CompletableFuture<Map<String, String>> answer = answer(request);
        request.end(body);
        return answer.join();
    }

    /** Sends a request's beginning and returns the headers and trailers of the answer. */
    Map<String, String> sendAndNeverEnd(String path, Buffer body) {
        HttpClientRequest request = open(HttpMethod.POST, path, "application/grpc");
        CompletableFuture<Map<String, String>> answer = answer(request);
        request.write(body);
        return answer.join();
    }
}
