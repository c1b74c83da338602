package dev.weir.api.rows;

import dev.weir.api.Protocol;
import dev.weir.api.StatusTable;
import dev.weir.api.http.Body;
import dev.weir.api.http.DataPlane;
import dev.weir.api.http.Headers;
import dev.weir.api.http.HttpExchange;
import dev.weir.deployment.Deployment;
import dev.weir.deployment.ServingState;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Caller;
import dev.weir.serving.ServingConfig;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Invocations, as SageMaker and MLflow speak them: {@code POST /invocations} asks the one deployment that the
 * configuration names, and {@code GET /ping} asks whether it can answer.
 */
@ApplicationScoped
class InvocationsRoutes {

    private static final int BEFORE_ALL_OTHERS = -1000;
    private static final int UNAVAILABLE = StatusTable.http(FailureCode.MODEL_NOT_READY);
    private static final String SETTING = "weir.serving.default-deployment";
    private static final Set<JsonTable.Form> FORMS = EnumSet.allOf(JsonTable.Form.class);

    private final DataPlane dataPlane;
    private final RowsDecoder decoder;
    private final RowLayouts layouts;
    private final RowsAnswers answers;
    private final ServingState state;
    private final Optional<String> deployment;

    @Inject
    InvocationsRoutes(
            DataPlane dataPlane,
            RowsDecoder decoder,
            RowLayouts layouts,
            RowsAnswers answers,
            ServingState state,
            ServingConfig config) {
        this.dataPlane = dataPlane;
        this.decoder = decoder;
        this.layouts = layouts;
        this.answers = answers;
        this.state = state;
        this.deployment = config.defaultDeployment();
    }

    void register(@Observes Router router) {
        router.route("/invocations")
                .order(BEFORE_ALL_OTHERS)
                .handler(context -> dataPlane.exchange(context.request(), Protocol.INVOCATIONS, this::invoke));
        router.route("/ping")
                .order(BEFORE_ALL_OTHERS)
                .handler(context -> dataPlane.open(context.request(), Protocol.METADATA, this::ping));
    }

    private void ping(HttpExchange exchange) {
        exchange.requireMethod(HttpMethod.GET, HttpMethod.HEAD);
        boolean ready = state.isReady() && isDefaultReady();
        exchange.json(ready ? 200 : UNAVAILABLE, Buffer.buffer("{\"ready\":" + ready + "}"));
    }

    private boolean isDefaultReady() {
        if (deployment.isEmpty()) {
            return true;
        }
        Deployment found = state.current().deployment(deployment.get());
        return found != null && found.isReady();
    }

    private void invoke(HttpExchange exchange, Caller caller) {
        exchange.requireMethod(HttpMethod.POST);
        if (deployment.isEmpty()) {
            throw new RequestRejected(
                    FailureCode.UNKNOWN_MODEL, "no deployment is set to answer here; " + SETTING + " names one");
        }
        OnRowError onRowError = OnRowError.of(exchange.request().getHeader(Headers.ON_ROW_ERROR));
        Reader reader = reader(exchange.request().getHeader(HttpHeaders.CONTENT_TYPE), exchange, onRowError);
        boolean csv = onRowError == OnRowError.REJECT
                && MediaType.prefersCsv(exchange.request().getHeader(HttpHeaders.ACCEPT));
        dataPlane.predict(exchange, caller, deployment.get(), null, (admission, body) -> {
            DecodedRows rows = reader.read(body, layouts.of(admission));
            return answers.call(exchange, admission, rows, csv);
        });
    }

    /** Reads a body of one content type. */
    @FunctionalInterface
    private interface Reader {
        DecodedRows read(Body body, RowLayout layout);
    }

    private Reader reader(@Nullable String contentType, HttpExchange exchange, OnRowError onRowError) {
        MediaType type = MediaType.of(contentType == null ? "application/json" : contentType);
        type.requireUtf8();
        return switch (type.type()) {
            case "application/json" ->
                (body, layout) -> decoder.json(body, layout, exchange.memory(), onRowError, FORMS);
            case "application/jsonlines", "application/x-ndjson" ->
                (body, layout) -> decoder.jsonLines(body, layout, exchange.memory(), onRowError);
            case "text/csv" -> {
                CsvHeader header = CsvHeader.of(type.parameter("header"));
                yield (body, layout) -> decoder.csv(body, layout, exchange.memory(), onRowError, header);
            }
            default ->
                throw new RequestRejected(
                        FailureCode.UNSUPPORTED_MEDIA_TYPE,
                        "the body must be application/json, application/jsonlines, application/x-ndjson or text/csv",
                        "Content-Type");
        };
    }
}
