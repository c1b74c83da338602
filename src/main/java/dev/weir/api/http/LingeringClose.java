package dev.weir.api.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;

/**
 * Closes an HTTP/1 connection whose caller may still be sending. What it sends is discarded for a while first: a
 * connection that is closed with unread bytes is reset, and a reset destroys the answer on its way to the caller.
 *
 * <p>Lives on the event loop.
 */
final class LingeringClose {

    /** A caller who is silent for this long has sent what it wanted to. */
    private static final long QUIET_MILLIS = 1000;

    private static final int MAX_TURNS = 10;

    private final Vertx vertx;
    private final HttpServerRequest request;
    private final long timer;
    private boolean heard;
    private int turns;

    private LingeringClose(Vertx vertx, HttpServerRequest request, long quietMillis) {
        this.vertx = vertx;
        this.request = request;
        this.timer = vertx.setPeriodic(quietMillis, id -> turn());
    }

    /** Closes now if the request has all arrived, and else when it has, falls silent, or goes on for too long. */
    static void begin(Vertx vertx, HttpServerRequest request) {
        begin(vertx, request, QUIET_MILLIS);
    }

    /**
     * Does so with another patience.
     *
     * @param quietMillis how long a caller is silent who has sent what it wanted to; one who goes on is heard ten times that
     */
    static void begin(Vertx vertx, HttpServerRequest request, long quietMillis) {
        if (request.isEnded()) {
            request.connection().close();
            return;
        }
        LingeringClose linger = new LingeringClose(vertx, request, quietMillis);
        request.handler(chunk -> linger.heard = true);
        request.endHandler(v -> linger.close());
        request.exceptionHandler(gone -> linger.close());
    }

    private void turn() {
        turns++;
        if (!heard || turns == MAX_TURNS) {
            close();
        }
        heard = false;
    }

    private void close() {
        vertx.cancelTimer(timer);
        request.connection().close();
    }
}
