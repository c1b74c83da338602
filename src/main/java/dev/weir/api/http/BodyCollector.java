package dev.weir.api.http;

import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.RequestRejected;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Collects one body on the event loop, within its size, its time and the byte budget. Bytes are reserved as they
 * arrive, not as they are announced, so that a caller who announces much and sends little keeps nobody else out.
 */
final class BodyCollector {

    private final Vertx vertx;
    private final HttpExchange exchange;
    private final long limit;
    private final Consumer<Body> whole;
    private final long timer;
    private byte[] bytes = {};
    private int length;
    private long expected;
    private long reserved;

    private BodyCollector(Vertx vertx, HttpExchange exchange, long limit, long timeoutMillis, Consumer<Body> whole) {
        this.vertx = vertx;
        this.exchange = exchange;
        this.limit = limit;
        this.whole = whole;
        this.timer = vertx.setTimer(timeoutMillis, id -> expire());
    }

    /**
     * Starts to collect.
     *
     * @param whole gets the body on the event loop; what it throws refuses the request
     * @throws RequestRejected when the body's announced length is too large, or it is compressed
     */
    static void collect(Vertx vertx, HttpExchange exchange, long limit, long timeoutMillis, Consumer<Body> whole) {
        HttpServerRequest request = exchange.request();
        exchange.requirePlainBody();
        Long announced = exchange.number(HttpHeaders.CONTENT_LENGTH);
        if (announced != null && announced > limit) {
            throw tooLarge(limit);
        }
        BodyCollector collector = new BodyCollector(vertx, exchange, limit, timeoutMillis, whole);
        collector.expected = announced == null ? limit : announced;
        request.handler(collector::add);
        request.endHandler(v -> collector.end());
        request.exceptionHandler(collector::lost);
        if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
            request.response().writeContinue();
        }
    }

    private static RequestRejected tooLarge(long limit) {
        return new RequestRejected(
                FailureCode.BODY_TOO_LARGE, "the body may have at most " + limit + " bytes", "body", limit);
    }

    private void add(Buffer chunk) {
        if (exchange.isAnswered()) {
            return;
        }
        try {
            int size = chunk.length();
            long total = (long) length + size;
            if (total > limit) {
                throw tooLarge(limit);
            }
            if (length == 0) {
                reserve(size);
                bytes = chunk.getBytes();
                length = size;
                return;
            }
            if (total > bytes.length) {
                long room = Math.max(total, Math.min(expected, 2L * length));
                reserve(room);
                bytes = Arrays.copyOf(bytes, (int) room);
            }
            chunk.getBytes(bytes, length);
            length += size;
        } catch (RuntimeException e) {
            stop();
            exchange.refuse(e);
        }
    }

    private void reserve(long bytesInAll) {
        if (bytesInAll > reserved) {
            exchange.memory().reserve(bytesInAll - reserved);
            reserved = bytesInAll;
        }
    }

    private void end() {
        stop();
        if (exchange.isAnswered()) {
            return;
        }
        try {
            whole.accept(new Body(bytes, 0, length));
        } catch (RuntimeException e) {
            exchange.refuse(e);
        }
    }

    private void expire() {
        exchange.refuse(new RequestRejected(
                FailureCode.BODY_TIMEOUT, "the body did not arrive in the time the server grants it", "body"));
    }

    private void lost(Throwable cause) {
        stop();
        exchange.abandon(new PredictionFailed(FailureCode.CANCELLED, "the caller went away"));
    }

    private void stop() {
        vertx.cancelTimer(timer);
    }
}
