package dev.weir.api.http;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import io.netty.handler.codec.DecoderException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Collects one body on the event loop, within its size, its time and the byte budget. Bytes are reserved as they
 * arrive, not as they are announced, so that a caller who announces much and sends little keeps nobody else out.
 */
final class BodyCollector {

    private static final byte[] NOTHING = {};
    private static final long NO_TIMER = -1;

    private final Vertx vertx;
    private final HttpExchange exchange;
    private final long limit;
    private final long expected;
    private final Consumer<Body> whole;
    private long timer = NO_TIMER;
    private byte[] bytes = NOTHING;
    private int length;
    private long reserved;
    private boolean over;

    private BodyCollector(Vertx vertx, HttpExchange exchange, long limit, long expected, Consumer<Body> whole) {
        this.vertx = vertx;
        this.exchange = exchange;
        this.limit = limit;
        this.expected = expected;
        this.whole = whole;
    }

    /**
     * Starts to collect.
     *
     * @param bodyMillis how long the body may take to arrive
     * @param millisLeft how long the caller waits for an answer from the moment it is asked
     * @param whole gets the body on the event loop; what it throws refuses the request
     * @throws RequestRejected when the body's announced length is too large, or it is compressed
     */
    static void collect(
            Vertx vertx,
            HttpExchange exchange,
            long limit,
            long bodyMillis,
            LongSupplier millisLeft,
            Consumer<Body> whole) {
        HttpServerRequest request = exchange.request();
        exchange.requirePlainBody();
        Long announced = exchange.number(HttpHeaders.CONTENT_LENGTH);
        if (announced != null && announced > limit) {
            throw tooLarge(limit);
        }
        BodyCollector collector =
                new BodyCollector(vertx, exchange, limit, announced == null ? limit : announced, whole);
        exchange.working(collector::stop);
        request.handler(collector::add);
        request.endHandler(v -> collector.end());
        request.exceptionHandler(collector::lost);
        if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
            request.response().writeContinue();
        }
        // Most bodies come along with their head and need no timer; what came along is handled before this task.
        exchange.context().runOnContext(v -> collector.arm(bodyMillis, millisLeft));
    }

    private static RequestRejected tooLarge(long limit) {
        return new RequestRejected(
                FailureCode.BODY_TOO_LARGE, "the body may have at most " + limit + " bytes", "body", limit);
    }

    private void arm(long bodyMillis, LongSupplier millisLeft) {
        if (over) {
            return;
        }
        long left = Math.max(1, millisLeft.getAsLong());
        timer = left <= bodyMillis
                ? vertx.setTimer(left, id -> exchange.expire())
                : vertx.setTimer(
                        bodyMillis,
                        id -> refuse(new RequestRejected(
                                FailureCode.BODY_TIMEOUT,
                                "the body did not arrive in the time the server grants it",
                                "body")));
    }

    private void add(Buffer chunk) {
        if (over) {
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
        } catch (Throwable e) {
            refuse(e);
        }
    }

    private void reserve(long bytesInAll) {
        if (bytesInAll > reserved) {
            exchange.memory().reserve(bytesInAll - reserved);
            reserved = bytesInAll;
        }
    }

    private void end() {
        if (over) {
            return;
        }
        Body body = new Body(bytes, 0, length);
        finish();
        try {
            whole.accept(body);
        } catch (Throwable e) {
            exchange.refuse(e);
        }
    }

    private void lost(Throwable cause) {
        if (cause instanceof DecoderException || cause instanceof IllegalArgumentException) {
            refuse(new RequestRejected(FailureCode.MALFORMED_BODY, "the body's framing is broken", "body"));
        } else {
            exchange.leave();
        }
    }

    private void refuse(Throwable why) {
        finish();
        exchange.refuse(why);
    }

    /** Gives up, unless the body is complete and others look after it. */
    private void stop() {
        if (!over) {
            finish();
            exchange.memory().close();
        }
    }

    private void finish() {
        over = true;
        bytes = NOTHING;
        if (timer != NO_TIMER) {
            vertx.cancelTimer(timer);
        }
    }
}
