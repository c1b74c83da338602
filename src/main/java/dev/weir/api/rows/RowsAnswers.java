package dev.weir.api.rows;

import dev.weir.api.JsonBodies;
import dev.weir.api.Tags;
import dev.weir.api.http.DataPlane;
import dev.weir.api.http.Headers;
import dev.weir.api.http.HttpExchange;
import dev.weir.api.http.PredictionHeaders;
import dev.weir.inference.InferenceRequest;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.RequestId;
import dev.weir.serving.Admission;
import dev.weir.serving.Prediction;
import io.vertx.core.http.HttpHeaders;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;

/** Makes calls of decoded tables, and answers them row by row. Thread-safe. */
@Singleton
class RowsAnswers {

    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    private static final CharSequence CSV = HttpHeaders.createOptimized("text/csv; charset=utf-8; header=present");

    private final JsonBodies json;

    @Inject
    RowsAnswers(JsonBodies json) {
        this.json = json;
    }

    /**
     * Makes a call for all outputs.
     *
     * @param csv whether the caller would rather have CSV; it gets JSON all the same where CSV can't say everything
     */
    DataPlane.Call call(HttpExchange exchange, Admission admission, DecodedRows table, boolean csv) {
        RequestId id = exchange.scope().id();
        int rows = table.rows();
        List<RowError> errors = table.errors();
        List<String> headerIds = Tags.headerIds(exchange.request());
        DecodedRows identified =
                headerIds == null ? table : table.identified(headerIds, Headers.INFERENCE_ID.toString());
        InferenceRequest request = new InferenceRequest(id, table.inputs(), List.of(), rows, exchange.memory());
        return new DataPlane.Call(
                request,
                prediction -> {
                    if (!csv || !errors.isEmpty() || !asCsv(exchange, admission.promise(), prediction, rows)) {
                        exchange.succeed(
                                JSON,
                                PredictionsJson.write(json, admission.promise(), id, prediction, rows, errors),
                                headers -> PredictionHeaders.write(headers, prediction));
                    }
                },
                null,
                identified.inferenceIds());
    }

    private static boolean asCsv(HttpExchange exchange, ModelSignature promise, Prediction prediction, int rows) {
        AnswerTable table = AnswerTable.of(promise, prediction.response().outputs(), rows);
        if (!PredictionsCsv.isFlat(table)) {
            return false;
        }
        exchange.succeed(
                CSV, PredictionsCsv.write(table, rows), headers -> PredictionHeaders.write(headers, prediction));
        return true;
    }
}
