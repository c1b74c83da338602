package dev.weir.api.http;

import dev.weir.api.RequestScope;
import dev.weir.api.StatusTable;
import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.failure.RequestRejected;
import dev.weir.failure.WeirException;
import dev.weir.inference.PredictionId;
import dev.weir.inference.RequestMemory;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request and its answer. Answers exactly once, whoever is first: a result, a failure, or nobody, when the
 * caller is gone.
 *
 * <p>Read on the event loop; answered from any thread, written on the event loop.
 */
public final class HttpExchange {

    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");

    private final HttpServerRequest request;
    private final Context context;
    private final RequestScope scope;
    private final RequestMemory memory;
    private final AtomicBoolean answered = new AtomicBoolean();

    HttpExchange(HttpServerRequest request, Context context, RequestScope scope, RequestMemory memory) {
        this.request = request;
        this.context = context;
        this.scope = scope;
        this.memory = memory;
    }

    /** Returns the request. */
    public HttpServerRequest request() {
        return request;
    }

    /** Returns the request's id, trace and counters. */
    public RequestScope scope() {
        return scope;
    }

    /** Returns the memory the request holds. Whoever starts a prediction hands it over. */
    public RequestMemory memory() {
        return memory;
    }

    Context context() {
        return context;
    }

    boolean isAnswered() {
        return answered.get();
    }

    /**
     * Returns how long the caller waits, or null when it does not say.
     *
     * @throws RequestRejected when the header is no number of milliseconds
     */
    public @Nullable Duration timeout() {
        Long millis = number(Headers.TIMEOUT_MS);
        return millis == null ? null : Duration.ofMillis(millis);
    }

    /**
     * Returns a header that holds a decimal number, or null.
     *
     * @throws RequestRejected when it holds anything else
     */
    public @Nullable Long number(CharSequence header) {
        String text = request.getHeader(header);
        if (text == null) {
            return null;
        }
        if (text.isEmpty() || text.length() > 18 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new RequestRejected(FailureCode.INVALID_HEADER, "the header must be a number", header.toString());
        }
        return Long.valueOf(text);
    }

    /**
     * Checks the method.
     *
     * @throws RequestRejected when it is none of these
     */
    public void requireMethod(HttpMethod... allowed) {
        if (!List.of(allowed).contains(request.method())) {
            request.response()
                    .putHeader(
                            HttpHeaders.ALLOW,
                            String.join(
                                    ", ",
                                    Stream.of(allowed).map(HttpMethod::name).toList()));
            throw new RequestRejected(FailureCode.METHOD_NOT_ALLOWED, "this path takes another method");
        }
    }

    /** Answers with 200 and JSON. */
    public void json(Buffer body) {
        succeed(JSON, body, headers -> {});
    }

    /** Answers with a status that says more than success or failure, and JSON. */
    public void json(int status, Buffer body) {
        if (answered.compareAndSet(false, true)) {
            scope.succeeded();
            write(status, JSON, body, headers -> {});
        }
    }

    /** Adds headers to an answer. */
    @FunctionalInterface
    public interface HeaderWriter {
        /** Adds headers. */
        void write(HttpServerResponse response);
    }

    /** Answers with 200. */
    public void succeed(CharSequence contentType, Buffer body, HeaderWriter headers) {
        if (answered.compareAndSet(false, true)) {
            scope.succeeded();
            write(200, contentType, body, headers);
        }
    }

    /**
     * Answers a failure before a prediction was started, and gives the request's memory back.
     *
     * @param thrown what happened; anything that is not ours is an internal error
     */
    public void refuse(Throwable thrown) {
        memory.close();
        fail(RequestScope.failure(thrown), null);
    }

    /**
     * Answers a failure.
     *
     * @param id the attempt, or null when it came to none
     */
    public void fail(WeirException failure, @Nullable PredictionId id) {
        if (!answered.compareAndSet(false, true)) {
            return;
        }
        scope.failed(failure);
        JsonObject body = new JsonObject()
                .put("error", failure.publicMessage())
                .put("code", failure.code().name())
                .put("request_id", scope.id().value());
        if (failure instanceof RequestRejected rejected) {
            if (rejected.field() != null) {
                body.put("field", rejected.field());
            }
            if (rejected.limit() != null) {
                body.put("limit", rejected.limit());
            }
        }
        write(StatusTable.http(failure.code()), JSON, body.toBuffer(), response -> {
            if (id != null) {
                response.putHeader(Headers.PREDICTION_ID, id.toString());
            }
            if (failure instanceof Overloaded overloaded) {
                response.putHeader(
                        HttpHeaders.RETRY_AFTER,
                        Long.toString(Math.max(1, overloaded.retryAfter().toSeconds())));
            }
            if (leavesBodyUnread(failure.code())) {
                response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            }
        });
    }

    /** Ends without an answer, because the caller is gone. */
    void abandon(WeirException why) {
        if (answered.compareAndSet(false, true)) {
            memory.close();
            scope.failed(why);
        }
    }

    private static boolean leavesBodyUnread(FailureCode code) {
        return code == FailureCode.BODY_TOO_LARGE
                || code == FailureCode.BODY_TIMEOUT
                || code == FailureCode.BYTE_BUDGET_EXHAUSTED;
    }

    private void write(int status, CharSequence contentType, Buffer body, HeaderWriter headers) {
        if (context.equals(Vertx.currentContext())) {
            writeOnLoop(status, contentType, body, headers);
        } else {
            context.runOnContext(v -> writeOnLoop(status, contentType, body, headers));
        }
    }

    private void writeOnLoop(int status, CharSequence contentType, Buffer body, HeaderWriter headers) {
        HttpServerResponse response = request.response();
        if (response.closed() || response.ended()) {
            return;
        }
        response.setStatusCode(status);
        if (status == StatusTable.http(FailureCode.CANCELLED)) {
            response.setStatusMessage("Client Closed Request");
        }
        response.putHeader(HttpHeaders.CONTENT_TYPE, contentType);
        response.putHeader(Headers.REQUEST_ID, scope.id().value());
        headers.write(response);
        boolean close = request.version() != HttpVersion.HTTP_2
                && response.headers().contains(HttpHeaders.CONNECTION, HttpHeaders.CLOSE, true);
        response.end(body).onComplete(done -> {
            if (close) {
                request.connection().close();
            }
        });
    }

    /**
     * Refuses compressed bodies: their size is unknown before they are inflated.
     *
     * @throws RequestRejected when the body is encoded
     */
    void requirePlainBody() {
        String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !encoding.toLowerCase(Locale.ROOT).equals("identity")) {
            throw new RequestRejected(
                    FailureCode.UNSUPPORTED_MEDIA_TYPE, "bodies must not be compressed", "Content-Encoding");
        }
    }
}
