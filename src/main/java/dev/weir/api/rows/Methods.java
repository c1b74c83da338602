package dev.weir.api.rows;

import dev.weir.api.http.HttpExchange;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import io.vertx.core.http.HttpHeaders;

/** The one method a path has. */
final class Methods {

    private Methods() {}

    /**
     * Checks a request's method.
     *
     * @throws RequestRejected when it is another; the answer then names the right one
     */
    static void require(HttpExchange exchange, String method) {
        if (!exchange.request().method().name().equals(method)) {
            exchange.request().response().putHeader(HttpHeaders.ALLOW, method);
            throw new RequestRejected(FailureCode.METHOD_NOT_ALLOWED, "this path takes " + method);
        }
    }
}
