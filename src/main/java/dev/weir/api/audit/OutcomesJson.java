package dev.weir.api.audit;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.weir.outcome.Outcome;
import dev.weir.predictionlog.RecordJson;
import java.io.IOException;
import java.util.List;

/** Writes outcomes as {@code docs/prediction-record.schema.json} describes them. */
final class OutcomesJson {

    private OutcomesJson() {}

    static void write(JsonGenerator json, List<Outcome> outcomes) throws IOException {
        json.writeArrayFieldStart("outcomes");
        for (Outcome outcome : outcomes) {
            json.writeStartObject();
            if (outcome.row() != null) {
                json.writeNumberField("row", outcome.row());
            }
            if (outcome.inferenceId() != null) {
                json.writeStringField("inference_id", outcome.inferenceId());
            }
            json.writeFieldName("value");
            json.writeRawValue(outcome.value());
            if (outcome.observedAt() != null) {
                json.writeStringField("observed_at", RecordJson.time(outcome.observedAt()));
            }
            if (!outcome.source().isEmpty()) {
                json.writeStringField("source", outcome.source());
            }
            json.writeNumberField("revision", outcome.revision());
            json.writeBooleanField("current", outcome.current());
            json.writeStringField("received_at", RecordJson.time(outcome.receivedAt()));
            json.writeStringField("reporter", outcome.reporter());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
