package dev.weir.api.audit;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.weir.api.JsonBodies;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Names;
import dev.weir.outcome.OutcomeConfig;
import dev.weir.outcome.OutcomeReport;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads what somebody reports. Thread-safe. */
@Singleton
final class OutcomeReader {

    private final JsonBodies bodies;
    private final long maxValue;

    @Inject
    OutcomeReader(JsonBodies bodies, OutcomeConfig config) {
        this.bodies = bodies;
        this.maxValue = config.maxValue().asLongValue();
    }

    /** The fields of a report, as far as they were read. */
    private static final class Fields {
        private @Nullable String prediction;
        private @Nullable String inference;
        private @Nullable String value;
        private @Nullable Instant observed;
        private @Nullable Integer revision;
        private String source = "";
    }

    /**
     * Reads a report.
     *
     * @throws RequestRejected when it is none
     */
    OutcomeReport read(byte[] json) {
        return bodies.read(json, 0, json.length, this::report);
    }

    private OutcomeReport report(JsonParser json) throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, "an outcome is a JSON object", "body");
        }
        Fields fields = new Fields();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String name = json.currentName();
            json.nextToken();
            switch (name) {
                case "prediction_id" -> fields.prediction = text(json, name);
                case "inference_id" -> fields.inference = text(json, name);
                case "value" -> fields.value = value(json);
                case "observed_at" -> fields.observed = Queries.time(text(json, name), name);
                case "source" -> fields.source = Names.requireId(text(json, name), name);
                case "revision" -> fields.revision = revision(json);
                default ->
                    throw new RequestRejected(
                            FailureCode.INVALID_FIELD,
                            "an outcome has prediction_id or inference_id, value, observed_at, source and revision",
                            "body");
            }
        }
        if (fields.value == null) {
            throw new RequestRejected(FailureCode.MISSING_FIELD, "an outcome has a value", "value");
        }
        return new OutcomeReport(about(fields), fields.value, fields.observed, fields.source, fields.revision);
    }

    private static OutcomeReport.Subject about(Fields fields) {
        if (fields.prediction != null && fields.inference != null) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD,
                    "either prediction_id or inference_id says what an outcome is about",
                    "inference_id");
        }
        if (fields.prediction != null) {
            PredictionName name = PredictionName.parse(fields.prediction, "prediction_id");
            return new OutcomeReport.Row(name.id(), name.row());
        }
        if (fields.inference != null) {
            return new OutcomeReport.Inference(fields.inference);
        }
        throw new RequestRejected(
                FailureCode.MISSING_FIELD, "an outcome has a prediction_id or an inference_id", "prediction_id");
    }

    private static String text(JsonParser json, String field) throws IOException {
        if (json.currentToken() != JsonToken.VALUE_STRING) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, field + " is a string", field);
        }
        return json.getText();
    }

    private static int revision(JsonParser json) throws IOException {
        int revision =
                json.currentToken() == JsonToken.VALUE_NUMBER_INT && json.getNumberType() == JsonParser.NumberType.INT
                        ? json.getIntValue()
                        : 0;
        if (revision < 1) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, "revision is an integer, 1 or more", "revision", (long)
                    Integer.MAX_VALUE);
        }
        return revision;
    }

    /** Returns a value as canonical JSON, so that equal values have equal texts: members in order, no blanks. */
    private String value(JsonParser json) throws IOException {
        if (json.currentToken() == JsonToken.START_ARRAY) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, "a value is a scalar or an object", "value");
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator generator = bodies.generator(out)) {
            write(generator, tree(json));
        }
        if (out.size() > maxValue) {
            throw new RequestRejected(
                    FailureCode.LIMIT_EXCEEDED, "a value has at most " + maxValue + " bytes", "value", maxValue);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    /** A number as it was written. */
    private record Digits(String text) {}

    private static @Nullable Object tree(JsonParser json) throws IOException {
        return switch (json.currentToken()) {
            case VALUE_STRING -> json.getText();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Digits(json.getText());
            case START_OBJECT -> {
                Map<String, @Nullable Object> members = new TreeMap<>();
                while (json.nextToken() != JsonToken.END_OBJECT) {
                    String name = json.currentName();
                    json.nextToken();
                    members.put(name, tree(json));
                }
                yield members;
            }
            case START_ARRAY -> {
                List<@Nullable Object> elements = new ArrayList<>();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    elements.add(tree(json));
                }
                yield elements;
            }
            case VALUE_NULL, VALUE_EMBEDDED_OBJECT, FIELD_NAME, END_OBJECT, END_ARRAY, NOT_AVAILABLE -> null;
        };
    }

    private static void write(JsonGenerator json, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> json.writeNull();
            case String text -> json.writeString(text);
            case Boolean truth -> json.writeBoolean(truth);
            case Digits digits -> json.writeNumber(digits.text());
            case Map<?, ?> members -> {
                json.writeStartObject();
                for (Map.Entry<?, ?> each : members.entrySet()) {
                    json.writeFieldName(String.valueOf(each.getKey()));
                    write(json, each.getValue());
                }
                json.writeEndObject();
            }
            case List<?> elements -> {
                json.writeStartArray();
                for (Object each : elements) {
                    write(json, each);
                }
                json.writeEndArray();
            }
            default -> throw new AssertionError("a value is one of these");
        }
    }
}
