package dev.weir.api.rows;

import dev.weir.api.ApiConfig;
import dev.weir.api.JsonBodies;
import dev.weir.api.http.Body;
import dev.weir.inference.RequestMemory;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Set;

/**
 * Turns a body that holds a table into the tensors of a signature. What it takes comes out of the request's memory,
 * which the caller closes whether it succeeds or throws. Thread-safe.
 */
@Singleton
class RowsDecoder {

    private final JsonBodies json;
    private final ApiConfig limits;
    private final CsvRows csv;

    @Inject
    RowsDecoder(JsonBodies json, ApiConfig limits) {
        this.json = json;
        this.limits = limits;
        this.csv = new CsvRows(limits);
    }

    /**
     * Reads a JSON document.
     *
     * @param forms the forms the table may have
     * @throws dev.weir.failure.RequestRejected naming what does not fit, and the row it is in
     */
    DecodedRows json(
            Body body, RowLayout layout, RequestMemory memory, OnRowError onRowError, Set<JsonTable.Form> forms) {
        RowBatch batch = new RowBatch(layout, memory, limits, onRowError);
        return json.read(body.bytes(), body.offset(), body.length(), parser -> new JsonTable(
                        json, parser, JsonText.of(body), batch)
                .read(forms));
    }

    /**
     * Reads JSON lines.
     *
     * @throws dev.weir.failure.RequestRejected naming what does not fit, and the row it is in
     */
    DecodedRows jsonLines(Body body, RowLayout layout, RequestMemory memory, OnRowError onRowError) {
        RowBatch batch = new RowBatch(layout, memory, limits, onRowError);
        return json.read(
                body.bytes(), body.offset(), body.length(), parser -> JsonLines.read(parser, JsonText.of(body), batch));
    }

    /**
     * Reads CSV.
     *
     * @throws dev.weir.failure.RequestRejected naming what does not fit, and the row it is in
     */
    DecodedRows csv(Body body, RowLayout layout, RequestMemory memory, OnRowError onRowError, CsvHeader header) {
        return csv.read(body, new RowBatch(layout, memory, limits, onRowError), header);
    }
}
