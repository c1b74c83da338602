package dev.weir.api.v2;

import dev.weir.api.ApiConfig;
import dev.weir.api.JsonBodies;
import dev.weir.api.Parameters;
import dev.weir.api.http.Body;
import dev.weir.api.http.DataPlane;
import dev.weir.api.http.Headers;
import dev.weir.api.http.HttpExchange;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.InferenceRequest;
import dev.weir.inference.Names;
import dev.weir.inference.SignatureCheck;
import dev.weir.inference.Tensor;
import dev.weir.serving.Admission;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The inference call of v2: decodes one of its three body forms, and says how to write the answer. */
@Singleton
class V2Infer {

    private final JsonBodies json;
    private final ApiConfig limits;
    private final V2ResponseWriter writer;

    @Inject
    V2Infer(JsonBodies json, ApiConfig limits) {
        this.json = json;
        this.limits = limits;
        this.writer = new V2ResponseWriter(json);
    }

    /**
     * Decodes a body.
     *
     * @throws RequestRejected naming the field that is wrong
     */
    DataPlane.Call decode(HttpExchange exchange, Admission admission, Body body) {
        Long header = exchange.number(Headers.INFERENCE_HEADER_LENGTH);
        if (header != null && header > body.length()) {
            throw new RequestRejected(
                    FailureCode.INVALID_HEADER,
                    "the JSON part can't be longer than the body",
                    Headers.INFERENCE_HEADER_LENGTH.toString(),
                    (long) body.length());
        }
        V2Request request;
        if (header != null && header == 0) {
            Tensor input = RawBody.read(admission.promise(), body, exchange.memory(), limits);
            request = new V2Request(null, Map.of(), List.of(input), List.of(), true);
        } else {
            int jsonLength = header == null ? body.length() : header.intValue();
            request = new V2RequestReader(json, limits, exchange.memory(), body, jsonLength).read();
        }
        identify(exchange, request.id());
        int rows =
                SignatureCheck.rows(admission.promise(), admission.deployment().textRule(), request.inputs());
        List<String> outputs = request.outputNames();
        SignatureCheck.requireOutputs(admission.promise(), outputs);
        return new DataPlane.Call(
                new InferenceRequest(exchange.scope().id(), request.inputs(), outputs, rows, exchange.memory()),
                prediction -> writer.write(exchange, request, prediction),
                Parameters.timeout(request.parameters(), "parameters"),
                Parameters.inferenceIds(request.parameters(), "parameters"));
    }

    private static void identify(HttpExchange exchange, @Nullable String id) {
        if (id == null || id.isEmpty()) {
            return;
        }
        if (exchange.request().getHeader(Headers.REQUEST_ID) == null) {
            exchange.scope().identify(id, "id");
        } else {
            Names.requireId(id, "id");
        }
    }
}
