package dev.weir.api.http;

import dev.weir.api.Exchange;
import dev.weir.api.KeptAnswers;
import dev.weir.api.RequestScope;
import dev.weir.api.StatusTable;
import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.failure.RequestRejected;
import dev.weir.failure.WeirException;
import dev.weir.inference.PredictionId;
import dev.weir.inference.RequestMemory;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One HTTP request, by HTTP/1 or HTTP/2, and its answer. */
public final class HttpExchange extends Exchange {

    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    private static final long NO_ERROR = 0;

    HttpExchange(HttpServerRequest request, Context context, RequestScope scope, RequestMemory memory) {
        super(request, context, scope, memory);
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
        String text = request().getHeader(header);
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
        if (!List.of(allowed).contains(request().method())) {
            request()
                    .response()
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
        succeed(status, JSON, body, headers -> {});
    }

    /** Answers with what an earlier request with the same key was answered. */
    void replay(KeptAnswers.KeptAnswer answer) {
        memory().close();
        succeed(answer.contentType(), answer.body(), headers -> {
            answer.headers().forEach(header -> headers.set(header.getKey(), header.getValue()));
            headers.set(Headers.IDEMPOTENCY_REPLAYED, "true");
        });
    }

    /** Adds headers to an answer. */
    @FunctionalInterface
    public interface HeaderWriter {
        /** Adds headers. */
        void write(MultiMap headers);
    }

    /** Answers with 200. */
    public void succeed(CharSequence contentType, Buffer body, HeaderWriter headers) {
        succeed(200, contentType, body, headers);
    }

    private void succeed(int status, CharSequence contentType, Buffer body, HeaderWriter headers) {
        if (claim()) {
            keep(() -> {
                MultiMap kept = MultiMap.caseInsensitiveMultiMap();
                headers.write(kept);
                return new KeptAnswers.KeptAnswer(contentType, kept.entries(), body);
            });
            end(null, () -> {
                HttpServerResponse response = begin(status, contentType);
                headers.write(response.headers());
                send(response, body).onComplete(done -> written());
            });
        }
    }

    @Override
    protected void writeFailure(WeirException failure, @Nullable PredictionId id) {
        JsonObject body = new JsonObject()
                .put("error", failure.publicMessage())
                .put("code", failure.code().name())
                .put("request_id", scope().id().value());
        if (failure instanceof RequestRejected rejected) {
            if (rejected.field() != null) {
                body.put("field", rejected.field());
            }
            if (rejected.limit() != null) {
                body.put("limit", rejected.limit());
            }
        }
        HttpServerResponse response = begin(StatusTable.http(failure.code()), JSON);
        if (id != null) {
            response.putHeader(Headers.PREDICTION_ID, id.toString());
        }
        if (failure instanceof Overloaded overloaded) {
            response.putHeader(
                    HttpHeaders.RETRY_AFTER,
                    Long.toString(Math.max(1, overloaded.retryAfter().toSeconds())));
        }
        boolean close = !isHttp2() && !request().isEnded() && leavesBodyUnread(failure.code());
        if (close) {
            response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
        send(response, body.toBuffer()).onComplete(done -> {
            written();
            if (close) {
                LingeringClose.begin(context().owner(), request());
            }
        });
    }

    /** Says whether a failure with this code ends the exchange in the middle of the body, if it has not all arrived. */
    private static boolean leavesBodyUnread(FailureCode code) {
        return code == FailureCode.BODY_TOO_LARGE
                || code == FailureCode.BODY_TIMEOUT
                || code == FailureCode.BYTE_BUDGET_EXHAUSTED
                || code == FailureCode.DEADLINE_EXCEEDED
                || code == FailureCode.MALFORMED_BODY
                || code == FailureCode.INTERNAL_ERROR;
    }

    private HttpServerResponse begin(int status, CharSequence contentType) {
        HttpServerResponse response = request().response().setStatusCode(status);
        if (status == StatusTable.http(FailureCode.CANCELLED)) {
            response.setStatusMessage("Client Closed Request");
        }
        return response.putHeader(HttpHeaders.CONTENT_TYPE, contentType)
                .putHeader(Headers.REQUEST_ID, scope().id().value());
    }

    private Future<Void> send(HttpServerResponse response, Buffer body) {
        if (HttpMethod.HEAD.equals(request().method())) {
            return response.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()))
                    .end();
        }
        return response.end(body);
    }

    private void written() {
        scope().left();
        if (isHttp2() && !request().isEnded()) {
            // A request without a body ends after its handlers ran, so this is looked at a moment later.
            context().runOnContext(v -> resetUnlessEnded());
        }
    }

    /** Tells the caller that what is still to come of the request is not wanted (RFC 9113, 8.1). */
    private void resetUnlessEnded() {
        if (!request().isEnded()) {
            request().response().reset(NO_ERROR);
        }
    }

    /**
     * Refuses compressed bodies: their size is unknown before they are inflated.
     *
     * @throws RequestRejected when the body is encoded
     */
    void requirePlainBody() {
        String encoding = request().getHeader(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !encoding.toLowerCase(Locale.ROOT).equals("identity")) {
            throw new RequestRejected(
                    FailureCode.UNSUPPORTED_MEDIA_TYPE, "bodies must not be compressed", "Content-Encoding");
        }
    }
}
