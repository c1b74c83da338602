package dev.weir.api.v2;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.weir.api.JsonBodies;
import dev.weir.api.RawTensors;
import dev.weir.api.http.BufferStream;
import dev.weir.api.http.Headers;
import dev.weir.api.http.HttpExchange;
import dev.weir.api.http.PredictionHeaders;
import dev.weir.deployment.Disclosure;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorJsonWriter;
import dev.weir.routing.Route;
import dev.weir.serving.Prediction;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes one v2 inference response: JSON, then the binary block of the outputs that were asked for so. */
final class V2ResponseWriter {

    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    private static final CharSequence BINARY = HttpHeaders.createOptimized("application/octet-stream");

    private final JsonBodies json;

    V2ResponseWriter(JsonBodies json) {
        this.json = json;
    }

    /**
     * Writes and answers.
     *
     * @throws dev.weir.failure.PredictionFailed when an output has no JSON form
     */
    void write(HttpExchange exchange, V2Request request, Prediction prediction) {
        BufferStream stream = new BufferStream();
        List<ByteBuffer> blocks =
                new ArrayList<>(prediction.response().outputs().size());
        try (JsonGenerator generator = json.generator(stream)) {
            document(generator, exchange, request, prediction, blocks);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Buffer body = stream.buffer();
        int jsonLength = body.length();
        blocks.forEach(stream::write);
        boolean binary = !blocks.isEmpty();
        exchange.succeed(binary ? BINARY : JSON, body, headers -> {
            PredictionHeaders.write(headers, prediction);
            if (binary) {
                headers.set(Headers.INFERENCE_HEADER_LENGTH, Integer.toString(jsonLength));
            }
        });
    }

    private static void document(
            JsonGenerator generator,
            HttpExchange exchange,
            V2Request request,
            Prediction prediction,
            List<ByteBuffer> blocks)
            throws IOException {
        Route route = prediction.route();
        generator.writeStartObject();
        generator.writeStringField("model_name", prediction.deployment());
        if (prediction.disclosure() != Disclosure.OPAQUE) {
            generator.writeStringField(
                    "model_version", route.variant().version().version());
        }
        String id = request.id();
        generator.writeStringField(
                "id", id == null || id.isEmpty() ? exchange.scope().id().value() : id);
        generator.writeObjectFieldStart("parameters");
        generator.writeStringField("weir_prediction_id", prediction.id().toString());
        if (prediction.disclosure() == Disclosure.FULL) {
            generator.writeStringField("weir_model", route.variant().version().model());
            generator.writeStringField("weir_variant", route.variant().name());
            generator.writeStringField("weir_route", route.reason().word());
        }
        generator.writeEndObject();
        generator.writeArrayFieldStart("outputs");
        for (Tensor output : prediction.response().outputs()) {
            output(generator, output, request.wantsBinary(output.name()) ? blocks : null);
        }
        generator.writeEndArray();
        generator.writeEndObject();
    }

    private static void output(JsonGenerator generator, Tensor output, @Nullable List<ByteBuffer> blocks)
            throws IOException {
        generator.writeStartObject();
        generator.writeStringField("name", output.name());
        generator.writeStringField("datatype", output.datatype().name());
        generator.writeArrayFieldStart("shape");
        for (int axis = 0; axis < output.shape().rank(); axis++) {
            generator.writeNumber(output.shape().dimension(axis));
        }
        generator.writeEndArray();
        if (blocks == null) {
            generator.writeFieldName("data");
            TensorJsonWriter.writeFlat(generator, output);
        } else {
            ByteBuffer block = RawTensors.write(output);
            generator.writeObjectFieldStart("parameters");
            generator.writeNumberField("binary_data_size", block.remaining());
            generator.writeEndObject();
            blocks.add(block);
        }
        generator.writeEndObject();
    }
}
