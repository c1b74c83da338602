package dev.weir.api.rows;

import dev.weir.api.Protocol;
import dev.weir.api.StatusTable;
import dev.weir.api.http.DataPlane;
import dev.weir.api.http.Headers;
import dev.weir.api.http.HttpExchange;
import dev.weir.api.http.PathSegments;
import dev.weir.deployment.ServingState;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Caller;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * v1 predict, as TensorFlow Serving and KServe speak it: {@code POST /v1/models/{m}[/versions/{v}]:predict},
 * {@code GET /v1/models/{m}[/versions/{v}]}, {@code GET /v1/models}, and KServe's liveness, {@code GET /}. The body is
 * JSON whatever its content type says.
 */
@ApplicationScoped
class V1Routes {

    private static final String PREDICT = ":predict";
    private static final Set<JsonTable.Form> FORMS = EnumSet.of(JsonTable.Form.INSTANCES, JsonTable.Form.INPUTS);

    private final DataPlane dataPlane;
    private final RowsDecoder decoder;
    private final RowLayouts layouts;
    private final RowsAnswers answers;
    private final ModelStatus status;
    private final ServingState state;

    @Inject
    V1Routes(
            DataPlane dataPlane,
            RowsDecoder decoder,
            RowLayouts layouts,
            RowsAnswers answers,
            ModelStatus status,
            ServingState state) {
        this.dataPlane = dataPlane;
        this.decoder = decoder;
        this.layouts = layouts;
        this.answers = answers;
        this.status = status;
        this.state = state;
    }

    void register(@Observes Router router) {
        router.route("/v1*").order(-1000).handler(context -> {
            PathSegments path = PathSegments.of(context.request().path());
            if (path == null || !path.segments().getFirst().equals("v1")) {
                context.next();
            } else {
                handle(context.request(), path.segments());
            }
        });
        router.route("/").order(-1000).handler(context -> alive(context.request()));
    }

    private void alive(HttpServerRequest request) {
        dataPlane.exchange(request, Protocol.METADATA, (exchange, caller) -> {
            exchange.requireMethod(HttpMethod.GET, HttpMethod.HEAD);
            exchange.json(new JsonObject().put("status", "alive").toBuffer());
        });
    }

    private void handle(HttpServerRequest request, List<String> path) {
        int length = path.size();
        boolean versioned = length == 5 && path.get(3).equals("versions");
        boolean model = (length == 3 || versioned) && path.get(1).equals("models");
        // Some clients encode the colon, which is theirs to do; no name holds one either way.
        String last = path.getLast().replace("%3A", ":").replace("%3a", ":");
        if (model && last.endsWith(PREDICT)) {
            String named = last.substring(0, last.length() - PREDICT.length());
            predict(request, versioned ? path.get(2) : named, versioned ? named : null);
            return;
        }
        dataPlane.exchange(request, Protocol.METADATA, (exchange, caller) -> {
            if (model && last.indexOf(':') < 0) {
                exchange.requireMethod(HttpMethod.GET, HttpMethod.HEAD);
                describe(exchange, path.get(2), versioned ? last : null);
            } else if (length == 2 && last.equals("models")) {
                exchange.requireMethod(HttpMethod.GET, HttpMethod.HEAD);
                list(exchange);
            } else {
                throw new RequestRejected(FailureCode.NOT_FOUND, "nothing lives at this path");
            }
        });
    }

    private void predict(HttpServerRequest request, String model, @Nullable String version) {
        dataPlane.exchange(request, Protocol.V1, (exchange, caller) -> {
            exchange.requireMethod(HttpMethod.POST);
            predict(exchange, caller, model, version);
        });
    }

    private void predict(HttpExchange exchange, Caller caller, String model, @Nullable String version) {
        OnRowError onRowError = OnRowError.of(exchange.request().getHeader(Headers.ON_ROW_ERROR));
        dataPlane.predict(exchange, caller, model, version, (admission, body) -> {
            RowLayout layout = layouts.of(admission);
            DecodedRows rows = decoder.json(body, layout, exchange.memory(), onRowError, FORMS);
            return answers.call(exchange, admission, rows, false);
        });
    }

    private void describe(HttpExchange exchange, String model, @Nullable String version) {
        ModelStatus.View view = status.of(model, version);
        int code = view.ready() ? 200 : StatusTable.http(FailureCode.MODEL_NOT_READY);
        exchange.json(code, view.body().toBuffer());
    }

    private void list(HttpExchange exchange) {
        JsonArray names = new JsonArray();
        state.current().deployments().keySet().forEach(names::add);
        exchange.json(new JsonObject().put("models", names).toBuffer());
    }
}
