package dev.weir.api.http;

import dev.weir.api.Protocol;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.List;

/**
 * Answers what no room of the server claims, with the same body and headers as every other refusal. Stands before the
 * platform's own routes, which would answer unknown paths in their own way.
 */
@ApplicationScoped
class NotFoundRoute {

    private static final List<String> CLAIMED = List.of("/v1", "/v2", "/invocations", "/ping", "/api/v1", "/q");

    /** What the router itself finds wrong: a path whose per cent signs mean nothing. */
    private static final int BAD_REQUEST = 400;

    private final DataPlane dataPlane;

    @Inject
    NotFoundRoute(DataPlane dataPlane) {
        this.dataPlane = dataPlane;
    }

    void register(@Observes Router router) {
        router.route().order(-500).handler(context -> {
            if (isClaimed(context.request())) {
                PipelineGuard.ensure(context.request());
                context.next();
            } else {
                refuse(context.request());
            }
        });
        router.route().order(Integer.MAX_VALUE).handler(context -> refuse(context.request()));
        router.errorHandler(
                BAD_REQUEST,
                context -> dataPlane.open(context.request(), Protocol.METADATA, exchange -> {
                    throw new RequestRejected(FailureCode.INVALID_ID, "the path can't be read", "path");
                }));
    }

    private static boolean isClaimed(HttpServerRequest request) {
        String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
        if (type != null && type.startsWith("application/grpc")) {
            return true;
        }
        String path = request.path();
        return path != null
                && CLAIMED.stream().anyMatch(claimed -> path.equals(claimed) || path.startsWith(claimed + "/"));
    }

    private void refuse(HttpServerRequest request) {
        dataPlane.exchange(request, Protocol.METADATA, (exchange, caller) -> {
            throw new RequestRejected(FailureCode.NOT_FOUND, "nothing lives at this path");
        });
    }
}
