package dev.weir.api.v2;

import dev.weir.api.Protocol;
import dev.weir.api.http.DataPlane;
import dev.weir.api.http.HttpExchange;
import dev.weir.api.http.PathSegments;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The paths of v2. One route, cut by hand: what a caller sends is compared, never decoded. */
@ApplicationScoped
class V2Routes {

    private final DataPlane dataPlane;
    private final V2Infer infer;
    private final V2Metadata metadata;
    private final V2Repository repository;

    @Inject
    V2Routes(DataPlane dataPlane, V2Infer infer, V2Metadata metadata, V2Repository repository) {
        this.repository = repository;
        this.dataPlane = dataPlane;
        this.infer = infer;
        this.metadata = metadata;
    }

    void register(@Observes Router router) {
        router.route("/v2*").order(-1000).handler(context -> {
            PathSegments path = PathSegments.of(context.request().path());
            if (path == null || !path.segments().getFirst().equals("v2")) {
                context.next();
            } else {
                handle(context.request(), path.segments());
            }
        });
    }

    private void handle(HttpServerRequest request, List<String> path) {
        int length = path.size();
        String last = path.getLast();
        boolean model = length >= 3 && path.get(1).equals("models");
        boolean versioned = model && length >= 5 && path.get(3).equals("versions");
        int depth = model ? (versioned ? 5 : 3) : 0;
        String name = model ? path.get(2) : "";
        String version = versioned ? path.get(4) : null;
        if (model && length == depth + 1 && last.equals("infer")) {
            infer(request, name, version);
        } else {
            dataPlane.exchange(request, Protocol.METADATA, (exchange, caller) -> {
                if (length == 1) {
                    get(exchange, metadata::server);
                } else if (length == 3 && path.get(1).equals("health") && last.equals("live")) {
                    get(exchange, metadata::live);
                } else if (length == 3 && path.get(1).equals("health") && last.equals("ready")) {
                    get(exchange, metadata::ready);
                } else if (length == 3 && path.get(1).equals("models") && last.equals("stats")) {
                    get(exchange, e -> metadata.statistics(e, null, null));
                } else if (model && length == depth) {
                    get(exchange, e -> metadata.model(e, name, version));
                } else if (model && length == depth + 1 && last.equals("ready")) {
                    get(exchange, e -> metadata.modelReady(e, name, version));
                } else if (model && length == depth + 1 && last.equals("config")) {
                    get(exchange, e -> metadata.config(e, name, version));
                } else if (model && length == depth + 1 && last.equals("stats")) {
                    get(exchange, e -> metadata.statistics(e, name, version));
                } else if (V2Repository.isOwn(path)) {
                    repository.handle(exchange, caller, path);
                } else {
                    throw new RequestRejected(FailureCode.NOT_FOUND, "nothing lives at this path");
                }
            });
        }
    }

    private void infer(HttpServerRequest request, String name, @Nullable String version) {
        dataPlane.exchange(request, Protocol.V2, (exchange, caller) -> {
            exchange.requireMethod(HttpMethod.POST);
            dataPlane.predict(
                    exchange, caller, name, version, (admission, body) -> infer.decode(exchange, admission, body));
        });
    }

    private static void get(HttpExchange exchange, Handler handler) {
        exchange.requireMethod(HttpMethod.GET, HttpMethod.HEAD);
        handler.handle(exchange);
    }

    private interface Handler {
        void handle(HttpExchange exchange);
    }
}
