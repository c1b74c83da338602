package dev.weir.api.v2;

import dev.weir.api.ApiConfig;
import dev.weir.api.JsonBodies;
import dev.weir.api.Parameters;
import dev.weir.api.RawTensors;
import dev.weir.api.TensorLimits;
import dev.weir.api.http.Body;
import dev.weir.api.http.DataPlane;
import dev.weir.api.http.Headers;
import dev.weir.api.http.HttpExchange;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.InferenceRequest;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.Names;
import dev.weir.inference.Shape;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.SignatureCheck;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorSpec;
import dev.weir.serving.Admission;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
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
            request = raw(exchange, admission.promise(), body);
        } else {
            int jsonLength = header == null ? body.length() : header.intValue();
            request = new V2RequestReader(json, limits, exchange.memory(), body, jsonLength).read();
        }
        identify(exchange, request.id());
        int rows = SignatureCheck.rows(admission.promise(), request.inputs());
        List<String> outputs = request.outputNames();
        SignatureCheck.requireOutputs(admission.promise(), outputs);
        return new DataPlane.Call(
                new InferenceRequest(exchange.scope().id(), request.inputs(), outputs, rows, exchange.memory()),
                prediction -> writer.write(exchange, request, prediction),
                Parameters.timeout(request.parameters(), "parameters"));
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

    /** Reads a body that is nothing but the elements of the model's only input, as one row. */
    private V2Request raw(HttpExchange exchange, ModelSignature promise, Body body) {
        if (promise.inputs().size() != 1) {
            throw new RequestRejected(
                    FailureCode.UNSUPPORTED_REQUEST,
                    "a raw body suits models with one input; this one has "
                            + promise.inputs().size(),
                    Headers.INFERENCE_HEADER_LENGTH.toString());
        }
        TensorSpec spec = promise.inputs().getFirst();
        ByteBuffer payload = ByteBuffer.wrap(body.bytes(), body.offset(), body.length());
        Shape shape = rawShape(spec, promise.batched(), payload);
        TensorLimits.require(spec.datatype(), shape, limits);
        Tensor tensor = RawTensors.read(spec.name(), spec.datatype(), shape, payload, exchange.memory(), limits);
        return new V2Request(null, Map.of(), List.of(tensor), List.of(), true);
    }

    /** Returns the shape of a raw body: one row, and what is left for at most one open dimension. */
    private static Shape rawShape(TensorSpec spec, boolean batched, ByteBuffer payload) {
        ShapePattern pattern = spec.shape();
        long[] extents = pattern.toArray();
        if (batched) {
            extents[0] = 1;
        }
        int open = -1;
        long known = 1;
        for (int axis = 0; axis < extents.length; axis++) {
            if (extents[axis] != ShapePattern.ANY) {
                known = Math.multiplyExact(known, extents[axis]);
            } else if (open >= 0) {
                throw new RequestRejected(
                        FailureCode.UNSUPPORTED_REQUEST, "a raw body leaves more than one dimension open", "body");
            } else {
                open = axis;
            }
        }
        if (open >= 0) {
            if (spec.datatype() == DataType.BYTES || known == 0) {
                throw new RequestRejected(
                        FailureCode.UNSUPPORTED_REQUEST, "a raw body does not tell this input's shape", "body");
            }
            extents[open] = payload.remaining()
                    / Math.multiplyExact(known, spec.datatype().bytes());
        }
        return Shape.of(extents);
    }
}
