package dev.weir.api.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A client of REST over one HTTP/2 connection without TLS. */
final class Http2Client implements AutoCloseable {

    private final URI server;
    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client = vertx.createHttpClient(
            new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false));

    Http2Client(URI server) {
        this.server = server;
    }

    @Override
    public void close() {
        join(vertx.close());
    }

    static <T> T join(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }

    HttpClientRequest open(HttpMethod method, String path) {
        return join(client.request(method, server.getPort(), server.getHost(), path));
    }

    /** An answer, whole. */
    record Answer(int status, HttpClientResponse head, String body) {}

    /** Returns the answer that will come; fails when the stream is reset before the answer is whole. */
    static CompletableFuture<Answer> answer(HttpClientRequest request) {
        return request.response()
                .compose(head -> head.body().map(body -> new Answer(head.statusCode(), head, body.toString())))
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS);
    }

    Answer send(HttpMethod method, String path, String body) {
        HttpClientRequest request = open(method, path);
        CompletableFuture<Answer> answer = answer(request);
        request.end(Buffer.buffer(body));
        return answer.join();
    }
}
