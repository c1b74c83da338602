package dev.weir.predictionlog;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import dev.weir.inference.CallerRole;
import dev.weir.inference.Settlement;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes entries as the JSON documents that {@code docs/prediction-record.schema.json} describes. What is not known is left
 * out. Thread-safe.
 *
 * <p>Documents change by addition only: a member that is there keeps its name, its type and its meaning, and readers skip
 * members that they do not know. {@link #SCHEMA_VERSION} then grows behind the dot.
 */
public final class RecordJson {

    /** The version of the documents; the number before the dot never changes. */
    public static final String SCHEMA_VERSION = "1.0";

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
            .build();

    private static final DateTimeFormatter MICROSECONDS = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private static final long NANOS_PER_MICRO = 1_000;

    private RecordJson() {}

    /** Writes members that others know of. */
    @FunctionalInterface
    public interface Members {

        /** None. */
        Members NONE = json -> {};

        /** Writes into an object that is open. */
        void write(JsonGenerator json) throws IOException;
    }

    /**
     * What of a record is shown.
     *
     * @param payload whether inputs and outputs are; if not, the document says so
     * @param row the row that was asked for, 0 or more; null when none was
     * @param more what is written beside it
     */
    public record Shown(boolean payload, @Nullable Integer row, Members more) {

        /** All that there is. */
        public static final Shown ALL = new Shown(true, null, Members.NONE);
    }

    /** Returns an entry's document, all of it, without a line break. */
    public static byte[] toBytes(StoredEntry entry) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(out)) {
            write(json, entry, Shown.ALL);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory takes everything
        }
        return out.toByteArray();
    }

    /**
     * Writes an entry's document.
     *
     * @throws IllegalStateException when the payload is damaged
     */
    public static void write(JsonGenerator json, StoredEntry entry, Shown shown) throws IOException {
        json.writeStartObject();
        json.writeStringField("schema_version", SCHEMA_VERSION);
        switch (entry.entry()) {
            case PredictionRecord record -> {
                json.writeStringField("kind", "prediction");
                attempt(json, record, shown.row());
                context(json, record);
                result(json, record);
                payload(json, record.payload(), shown.payload());
                json.writeBooleanField("acknowledged", entry.acknowledged());
            }
            case GapRecord gap -> {
                json.writeStringField("kind", "gap");
                gap(json, gap);
            }
        }
        position(json, entry);
        shown.more().write(json);
        json.writeEndObject();
    }

    private static void attempt(JsonGenerator json, PredictionRecord record, @Nullable Integer row) throws IOException {
        json.writeStringField("prediction_id", record.id().toString());
        if (row != null) {
            json.writeNumberField("row", row);
            if (row < record.inferenceIds().size()) {
                json.writeStringField("inference_id", record.inferenceIds().get(row));
            }
        }
        json.writeStringField("request_id", record.requestId().value());
        json.writeStringField("ts", time(record.started()));
        text(json, "trace_id", record.traceId());
        text(json, "span_id", record.spanId());
    }

    private static void context(JsonGenerator json, PredictionRecord record) throws IOException {
        RecordContext context = record.context();
        PredictionRecord.Routing routing = record.routing();
        json.writeStringField("deployment", context.deployment());
        json.writeStringField("config_digest", context.configDigest());
        json.writeStringField("variant", context.variant());
        json.writeStringField("role", context.role().word());
        json.writeObjectFieldStart("routing");
        json.writeStringField("reason", routing.reason());
        if (routing.bucket() != null) {
            json.writeNumberField("bucket", routing.bucket());
        }
        if (routing.propensity() != null) {
            json.writeNumberField("propensity", routing.propensity());
        }
        text(json, "epoch", context.epoch());
        text(json, "experiment", context.experiment());
        if (routing.primary() != null) {
            json.writeStringField("primary_prediction_id", routing.primary().toString());
        }
        json.writeEndObject();
        json.writeObjectFieldStart("model");
        json.writeStringField("name", context.version().model());
        json.writeStringField("version", context.version().version());
        json.writeStringField("manifest_digest", context.manifestDigest());
        json.writeStringField("runtime", context.runtime());
        json.writeEndObject();
        json.writeObjectFieldStart("caller");
        json.writeStringField("id", record.callerId());
        json.writeArrayFieldStart("roles");
        for (CallerRole role : record.callerRoles().stream().sorted().toList()) {
            json.writeString(role.name().toLowerCase(Locale.ROOT));
        }
        json.writeEndArray();
        json.writeEndObject();
        text(json, "subject_key", record.subjectKey());
        json.writeStringField("retention", context.retention());
    }

    private static void result(JsonGenerator json, PredictionRecord record) throws IOException {
        json.writeStringField("result", record.result().word());
        text(json, "error_code", record.code() == null ? null : record.code().name());
        Settlement.Timing timing = record.timing();
        json.writeObjectFieldStart("latency_us");
        json.writeNumberField("total", timing.totalNanos() / NANOS_PER_MICRO);
        json.writeNumberField("queue", timing.queueNanos() / NANOS_PER_MICRO);
        json.writeNumberField("input", timing.inputNanos() / NANOS_PER_MICRO);
        json.writeNumberField("compute", timing.computeNanos() / NANOS_PER_MICRO);
        json.writeNumberField("output", timing.outputNanos() / NANOS_PER_MICRO);
        json.writeEndObject();
        json.writeNumberField("rows", record.rows());
        json.writeNumberField("call_rows", record.callRows());
        if (!record.inferenceIds().isEmpty()) {
            json.writeArrayFieldStart("inference_ids");
            for (String id : record.inferenceIds()) {
                json.writeString(id);
            }
            json.writeEndArray();
        }
    }

    private static void payload(JsonGenerator json, Payload payload, boolean shown) throws IOException {
        json.writeObjectFieldStart("capture");
        json.writeStringField("mode", payload.capture().word());
        json.writeNumberField("rate", payload.probability());
        json.writeBooleanField("sampled", payload.sampled());
        json.writeBooleanField("truncated", payload.truncated());
        json.writeBooleanField("erased", payload.erased());
        if (!shown) {
            json.writeBooleanField("hidden", true);
        }
        json.writeEndObject();
        if (shown) {
            tensors(json, "inputs", payload.inputs());
            tensors(json, "outputs", payload.outputs());
        }
    }

    private static void tensors(JsonGenerator json, String name, @Nullable PackedTensors tensors) throws IOException {
        if (tensors != null) {
            json.writeFieldName(name);
            TensorsJson.write(json, tensors.unpack());
        }
    }

    private static void gap(JsonGenerator json, GapRecord gap) throws IOException {
        json.writeStringField("from", time(gap.from()));
        json.writeStringField("to", time(gap.to()));
        text(json, "deployment", gap.deployment());
        if (gap.count() != null) {
            json.writeNumberField("count", gap.count());
        }
        json.writeStringField("reason", gap.reason().word());
    }

    private static void position(JsonGenerator json, StoredEntry entry) throws IOException {
        json.writeObjectFieldStart("position");
        json.writeStringField("replica", entry.replica());
        json.writeNumberField("incarnation", entry.position().incarnation());
        json.writeNumberField("segment", entry.position().segment());
        json.writeNumberField("seq", entry.position().seq());
        json.writeEndObject();
    }

    private static void text(JsonGenerator json, String name, @Nullable String value) throws IOException {
        if (value != null) {
            json.writeStringField(name, value);
        }
    }

    /** Returns a time as documents have it: RFC 3339 in UTC, to the microsecond. */
    public static String time(Instant time) {
        return MICROSECONDS.format(time);
    }
}
