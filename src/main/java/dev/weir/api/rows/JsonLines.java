package dev.weir.api.rows;

import com.fasterxml.jackson.core.JsonParser;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.io.IOException;

/** Reads a body that holds one JSON value a line, each a row. */
final class JsonLines {

    private static final String PLACE = "rows";

    private JsonLines() {}

    /** Reads all lines; the parser stands before the first token. */
    static DecodedRows read(JsonParser parser, JsonText text, RowBatch batch) throws IOException {
        JsonRows rows = JsonRows.of(parser, text, batch);
        batch.open(ArrayScan.lines(text.bytes(), text.offset(), text.offset() + text.length()), PLACE);
        int count = 0;
        int lastLine = 0;
        while (parser.nextToken() != null) {
            int line = parser.currentTokenLocation().getLineNr();
            if (line == lastLine) {
                throw new RequestRejected(
                        FailureCode.MALFORMED_BODY, "line " + line + " holds more than one row", "body");
            }
            rows.row(count, PLACE, batch.layout().columns());
            lastLine = parser.currentTokenLocation().getLineNr();
            count++;
        }
        return batch.finish(count, PLACE);
    }
}
