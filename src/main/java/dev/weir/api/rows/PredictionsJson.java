package dev.weir.api.rows;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.weir.api.JsonBodies;
import dev.weir.api.http.BufferStream;
import dev.weir.deployment.Disclosure;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.RequestId;
import dev.weir.serving.Prediction;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * Writes an answer as {@code {"predictions": […]}}: for each row of the request the output's value, an object keyed by
 * output when there are several, or null when the row was left out. The ids follow; row i of the rows that were
 * predicted has the id {@code <prediction_id>:<i>}, a single one {@code <prediction_id>}.
 */
final class PredictionsJson {

    private PredictionsJson() {}

    /**
     * Writes an answer.
     *
     * @param rows how many rows were predicted
     * @param errors the rows that were left out, by position
     * @throws dev.weir.failure.PredictionFailed when an output has no JSON form
     */
    static Buffer write(
            JsonBodies bodies,
            ModelSignature promise,
            RequestId id,
            Prediction prediction,
            int rows,
            List<RowError> errors) {
        AnswerTable table = AnswerTable.of(promise, prediction.response().outputs(), rows);
        BufferStream out = new BufferStream();
        try (JsonGenerator json = bodies.generator(out)) {
            json.writeStartObject();
            json.writeArrayFieldStart("predictions");
            predictions(json, table, rows, errors);
            json.writeEndArray();
            if (!errors.isEmpty()) {
                errors(json, errors);
            }
            json.writeStringField("model_name", prediction.deployment());
            if (prediction.disclosure() != Disclosure.OPAQUE) {
                json.writeStringField(
                        "model_version", prediction.route().variant().version().version());
            }
            json.writeStringField("id", id.value());
            json.writeStringField("prediction_id", prediction.id().toString());
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.buffer();
    }

    private static void predictions(JsonGenerator json, AnswerTable table, int rows, List<RowError> errors)
            throws IOException {
        int position = 0;
        int error = 0;
        for (int row = 0; row < rows || error < errors.size(); position++) {
            if (error < errors.size() && errors.get(error).row() == position) {
                json.writeNull();
                error++;
            } else {
                row(json, table, row);
                row++;
            }
        }
    }

    private static void row(JsonGenerator json, AnswerTable table, int row) throws IOException {
        if (table.columns().size() == 1) {
            table.columns().getFirst().write(json, row);
            return;
        }
        json.writeStartObject();
        for (AnswerTable.Column column : table.columns()) {
            json.writeFieldName(column.name());
            column.write(json, row);
        }
        json.writeEndObject();
    }

    private static void errors(JsonGenerator json, List<RowError> errors) throws IOException {
        json.writeArrayFieldStart("row_errors");
        for (RowError error : errors) {
            json.writeStartObject();
            json.writeNumberField("row", error.row());
            json.writeStringField("code", error.why().code().name());
            if (error.why().field() != null) {
                json.writeStringField("field", error.why().field());
            }
            json.writeStringField("error", error.why().publicMessage());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
