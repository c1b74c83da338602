package dev.weir.api.v2;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.weir.api.JsonBodies;
import dev.weir.api.ModelViews;
import dev.weir.api.StatusTable;
import dev.weir.api.http.BufferStream;
import dev.weir.api.http.HttpExchange;
import dev.weir.failure.FailureCode;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.TensorSpec;
import dev.weir.servable.ServableStatistics;
import io.vertx.core.buffer.Buffer;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Spells the answers about server and models as v2 has them. */
@Singleton
class V2Metadata {

    private static final int UNAVAILABLE = StatusTable.http(FailureCode.MODEL_NOT_READY);

    private final JsonBodies json;
    private final ModelViews views;

    @Inject
    V2Metadata(JsonBodies json, ModelViews views) {
        this.json = json;
        this.views = views;
    }

    void server(HttpExchange exchange) {
        ModelViews.ServerView server = views.server();
        exchange.json(object(generator -> {
            generator.writeStringField("name", server.name());
            generator.writeStringField("version", server.version());
            strings(generator, "extensions", server.extensions());
        }));
    }

    /** Both words in both answers: clients of this protocol read either. */
    void live(HttpExchange exchange) {
        exchange.json(health(views.isServerReady()));
    }

    void ready(HttpExchange exchange) {
        boolean ready = views.isServerReady();
        exchange.json(ready ? 200 : UNAVAILABLE, health(ready));
    }

    private Buffer health(boolean ready) {
        return object(generator -> {
            generator.writeBooleanField("live", true);
            generator.writeBooleanField("ready", ready);
        });
    }

    void modelReady(HttpExchange exchange, String name, @Nullable String version) {
        boolean ready = views.isModelReady(name, version);
        exchange.json(ready ? 200 : UNAVAILABLE, object(generator -> {
            generator.writeStringField("name", name);
            generator.writeBooleanField("ready", ready);
        }));
    }

    void model(HttpExchange exchange, String name, @Nullable String version) {
        ModelViews.ModelView model = views.model(name, version);
        exchange.json(object(generator -> {
            generator.writeStringField("name", model.name());
            strings(generator, "versions", model.versions());
            generator.writeStringField("platform", model.platform());
            tensors(generator, "inputs", model.inputs());
            tensors(generator, "outputs", model.outputs());
        }));
    }

    private static void tensors(JsonGenerator generator, String field, List<TensorSpec> specs) throws IOException {
        generator.writeArrayFieldStart(field);
        for (TensorSpec spec : specs) {
            generator.writeStartObject();
            generator.writeStringField("name", spec.name());
            generator.writeStringField("datatype", spec.datatype().name());
            generator.writeFieldName("shape");
            long[] shape = spec.shape().toArray();
            generator.writeArray(shape, 0, shape.length);
            if (!spec.features().isEmpty() || !spec.labels().isEmpty()) {
                generator.writeObjectFieldStart("parameters");
                if (!spec.features().isEmpty()) {
                    strings(generator, "features", spec.features());
                }
                if (!spec.labels().isEmpty()) {
                    strings(generator, "labels", spec.labels());
                }
                generator.writeEndObject();
            }
            generator.writeEndObject();
        }
        generator.writeEndArray();
    }

    void config(HttpExchange exchange, String name, @Nullable String version) {
        ModelViews.ConfigView config = views.config(name, version);
        ModelSignature signature = config.signature();
        exchange.json(object(generator -> {
            generator.writeStringField("name", config.name());
            generator.writeStringField("platform", config.platform());
            generator.writeStringField("backend", config.backend());
            generator.writeNumberField("max_batch_size", 0);
            configTensors(generator, "input", signature.inputs());
            configTensors(generator, "output", signature.outputs());
        }));
    }

    private static void configTensors(JsonGenerator generator, String field, List<TensorSpec> specs)
            throws IOException {
        generator.writeArrayFieldStart(field);
        for (TensorSpec spec : specs) {
            generator.writeStartObject();
            generator.writeStringField("name", spec.name());
            generator.writeStringField("data_type", ModelViews.configType(spec.datatype()));
            generator.writeFieldName("dims");
            long[] dims = spec.shape().toArray();
            generator.writeArray(dims, 0, dims.length);
            generator.writeEndObject();
        }
        generator.writeEndArray();
    }

    void statistics(HttpExchange exchange, @Nullable String name, @Nullable String version) {
        List<ModelViews.StatisticsView> all = views.statistics(name, version);
        exchange.json(object(generator -> {
            generator.writeArrayFieldStart("model_stats");
            for (ModelViews.StatisticsView view : all) {
                statistics(generator, view);
            }
            generator.writeEndArray();
        }));
    }

    private static void statistics(JsonGenerator generator, ModelViews.StatisticsView view) throws IOException {
        ServableStatistics.Snapshot figures = view.figures();
        ServableStatistics.Total none = new ServableStatistics.Total(0, 0);
        generator.writeStartObject();
        generator.writeStringField("name", view.name());
        generator.writeStringField("version", view.version());
        generator.writeNumberField("last_inference", figures.lastInferenceMillis());
        generator.writeNumberField("inference_count", figures.inferences());
        generator.writeNumberField("execution_count", figures.executions());
        generator.writeObjectFieldStart("inference_stats");
        total(generator, "success", figures.success());
        total(generator, "fail", figures.fail());
        total(generator, "queue", figures.queue());
        total(generator, "compute_input", figures.computeInput());
        total(generator, "compute_infer", figures.computeInfer());
        total(generator, "compute_output", figures.computeOutput());
        total(generator, "cache_hit", none);
        total(generator, "cache_miss", none);
        generator.writeEndObject();
        generator.writeArrayFieldStart("batch_stats");
        generator.writeEndArray();
        generator.writeEndObject();
    }

    private static void total(JsonGenerator generator, String field, ServableStatistics.Total total)
            throws IOException {
        generator.writeObjectFieldStart(field);
        generator.writeNumberField("count", total.count());
        generator.writeNumberField("ns", total.nanos());
        generator.writeEndObject();
    }

    private static void strings(JsonGenerator generator, String field, List<String> values) throws IOException {
        generator.writeArrayFieldStart(field);
        for (String value : values) {
            generator.writeString(value);
        }
        generator.writeEndArray();
    }

    private interface Fields {
        void write(JsonGenerator generator) throws IOException;
    }

    private Buffer object(Fields fields) {
        BufferStream stream = new BufferStream();
        try (JsonGenerator generator = json.generator(stream)) {
            generator.writeStartObject();
            fields.write(generator);
            generator.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return stream.buffer();
    }
}
