package dev.weir.api.rows;

import dev.weir.api.Protocol;
import dev.weir.api.http.DataPlane;
import dev.weir.api.http.Headers;
import dev.weir.api.http.HttpExchange;
import dev.weir.api.http.PathSegments;
import dev.weir.deployment.ServingState;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Caller;
import dev.weir.serving.Predictions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * v1 predict, as TensorFlow Serving and KServe speak it: {@code POST /v1/models/{m}[/versions/{v}]:predict},
 * {@code GET /v1/models/{m}[/versions/{v}]} and {@code GET /v1/models}. The body is JSON whatever its content type says.
 */
@ApplicationScoped
public class V1Routes {

    private static final int BEFORE_ALL_OTHERS = -1000;
    private static final String PREDICT = "predict";
    private static final Set<JsonTable.Form> FORMS = EnumSet.of(JsonTable.Form.INSTANCES, JsonTable.Form.INPUTS);

    private final DataPlane plane;
    private final RowsDecoder decoder;
    private final RowLayouts layouts;
    private final RowsAnswers answers;
    private final ModelStatus status;
    private final Predictions predictions;
    private final ServingState state;

    @Inject
    V1Routes(
            DataPlane plane,
            RowsDecoder decoder,
            RowLayouts layouts,
            RowsAnswers answers,
            ModelStatus status,
            Predictions predictions,
            ServingState state) {
        this.plane = plane;
        this.decoder = decoder;
        this.layouts = layouts;
        this.answers = answers;
        this.status = status;
        this.predictions = predictions;
        this.state = state;
    }

    void register(@Observes Router router) {
        router.route("/v1/*").order(BEFORE_ALL_OTHERS).handler(this::handle);
    }

    private void handle(RoutingContext context) {
        plane.exchange(context.request(), Protocol.V1, (exchange, caller) -> {
            Target target = Target.of(PathSegments.of(exchange.request().path()));
            if (target == null) {
                throw new RequestRejected(FailureCode.NOT_FOUND, "nothing lives at this path");
            }
            dispatch(exchange, caller, target);
        });
    }

    /**
     * What a path means.
     *
     * @param model the deployment, or null for all of them
     * @param version the version the caller pins, or null
     * @param predict whether a prediction is asked for, rather than a description
     */
    private record Target(@Nullable String model, @Nullable String version, boolean predict) {

        static @Nullable Target of(@Nullable PathSegments path) {
            List<String> parts = path == null ? List.of() : path.segments();
            if (parts.size() < 2 || !parts.get(0).equals("v1") || !parts.get(1).equals("models")) {
                return null;
            }
            return switch (parts.size()) {
                case 2 -> new Target(null, null, false);
                case 3 -> withVerb(parts.get(2), null);
                case 5 -> parts.get(3).equals("versions") ? withVerb(parts.get(4), parts.get(2)) : null;
                default -> null;
            };
        }

        private static @Nullable Target withVerb(String last, @Nullable String model) {
            int colon = last.indexOf(':');
            boolean verb = colon >= 0;
            if (verb && !last.substring(colon + 1).equals(PREDICT)) {
                return null;
            }
            String name = verb ? last.substring(0, colon) : last;
            return model == null ? new Target(name, null, verb) : new Target(model, name, verb);
        }
    }

    private void dispatch(HttpExchange exchange, Caller caller, Target target) {
        String model = target.model();
        if (target.predict() && model != null) {
            Methods.require(exchange, "POST");
            predict(exchange, caller, model, target.version());
            return;
        }
        Methods.require(exchange, "GET");
        exchange.json(describe(model, target.version()).toBuffer());
    }

    private void predict(HttpExchange exchange, Caller caller, String model, @Nullable String version) {
        OnRowError onRowError = OnRowError.of(exchange.request().getHeader(Headers.ON_ROW_ERROR));
        plane.predict(exchange, caller, model, version, (admission, body) -> {
            RowLayout layout = layouts.of(admission);
            DecodedRows rows = decoder.json(body, layout, exchange.memory(), onRowError, FORMS);
            return answers.call(exchange, admission, rows, false);
        });
    }

    private JsonObject describe(@Nullable String model, @Nullable String version) {
        if (model == null) {
            JsonArray names = new JsonArray();
            state.current().deployments().keySet().forEach(names::add);
            return new JsonObject().put("models", names);
        }
        return version == null ? status.of(predictions.find(model)) : status.of(predictions.find(model), version);
    }
}
