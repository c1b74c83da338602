package dev.weir.api.rows;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads rows from JSON: objects keyed by feature, arrays of values by position, or bare values where the model takes a
 * single column.
 */
final class JsonRows {

    private final JsonParser parser;
    private final JsonText text;
    private final JsonCells cells;
    private final RowBatch batch;
    private final RowLayout layout;
    private final @Nullable Slot bare;

    private JsonRows(JsonParser parser, JsonText text, RowBatch batch, @Nullable Slot bare) {
        this.parser = parser;
        this.text = text;
        this.cells = new JsonCells(parser, text, batch.layout());
        this.batch = batch;
        this.layout = batch.layout();
        this.bare = bare;
    }

    /** Reads rows that may be bare values where there is a single column. */
    static JsonRows of(JsonParser parser, JsonText text, RowBatch batch) {
        return new JsonRows(parser, text, batch, batch.layout().only());
    }

    /** Reads rows that are arrays of values even where there is a single column. */
    static JsonRows ofCells(JsonParser parser, JsonText text, RowBatch batch) {
        return new JsonRows(parser, text, batch, null);
    }

    /**
     * Reads an array of rows; the parser stands on its first token and afterwards on its last.
     *
     * @param place where the array stands in the request
     * @param order what the values of a row given by position are
     */
    DecodedRows array(String place, List<Slot> order) throws IOException {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, place + " must be an array of rows", place);
        }
        batch.open(text.elements(parser), place);
        int rows = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            row(rows, place, order);
            rows++;
        }
        return batch.finish(rows, place);
    }

    /**
     * Reads one row; the parser stands on its first token and afterwards on its last.
     *
     * @param row its position among the rows
     */
    void row(int row, String place, List<Slot> order) throws IOException {
        int outside = parser.getParsingContext().getNestingDepth()
                - (parser.currentToken().isStructStart() ? 1 : 0);
        try {
            batch.begin();
            values(row, order);
            batch.requireComplete();
        } catch (RequestRejected e) {
            batch.refuse(row, e.at(place + "[" + row + "]"));
            skipTo(outside);
        }
    }

    private void skipTo(int depth) throws IOException {
        while (parser.getParsingContext().getNestingDepth() > depth) {
            parser.nextToken();
        }
    }

    private void values(int row, List<Slot> order) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_OBJECT) {
            object(row, order);
        } else if (token == JsonToken.START_ARRAY && (bare == null || bare.scalar())) {
            positional(row, order);
        } else if (bare != null) {
            cells.read(bare, batch.claim(bare), row);
        } else {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD, "a row must be an object keyed by feature, or an array of values");
        }
    }

    private void object(int row, List<Slot> order) throws IOException {
        int expected = 0;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            // Most callers send features in one order, and most of those in the signature's.
            Slot slot = expected < order.size() && order.get(expected).name().equals(name)
                    ? order.get(expected)
                    : layout.find(name);
            if (slot == null) {
                throw layout.unknown(name);
            }
            expected++;
            parser.nextToken();
            cells.read(slot, batch.claim(slot), row);
        }
    }

    private void positional(int row, List<Slot> order) throws IOException {
        int position = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (position == order.size()) {
                throw new RequestRejected(
                        FailureCode.WRONG_SHAPE, "the row has more than its " + order.size() + " values");
            }
            Slot slot = order.get(position);
            cells.read(slot, batch.claim(slot), row);
            position++;
        }
    }
}
