package dev.weir.api.rows;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.io.IOException;

/**
 * Reads a table that is given by columns: an object that has, by the name of a feature or of an input, an array with one
 * value for each row.
 */
final class JsonColumns {

    private final JsonParser parser;
    private final JsonText text;
    private final JsonCells cells;
    private final RowBatch batch;
    private final String place;
    private int rows = -1;

    JsonColumns(JsonParser parser, JsonText text, RowBatch batch, String place) {
        this.parser = parser;
        this.text = text;
        this.cells = new JsonCells(parser, text, batch.layout());
        this.batch = batch;
        this.place = place;
    }

    /** Reads the columns; the parser stands on the object's first token and afterwards on its last. */
    DecodedRows read() throws IOException {
        batch.begin();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            column(name);
        }
        try {
            batch.requireComplete();
        } catch (RequestRejected e) {
            throw e.at(place);
        }
        return batch.finish(rows, place);
    }

    private void column(String name) throws IOException {
        Slot slot = begin(name);
        RowTensor into = batch.tensor(slot.tensor());
        int outside = parser.getParsingContext().getNestingDepth();
        int row = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (row == rows) {
                throw wrongLength(name);
            }
            value(slot, into, row, outside);
            row++;
        }
        if (row != rows) {
            throw wrongLength(name);
        }
    }

    private Slot begin(String name) {
        Slot slot = batch.layout().find(name);
        if (slot == null) {
            throw batch.layout().unknown(name).at(place);
        }
        try {
            batch.claim(slot);
        } catch (RequestRejected e) {
            throw e.at(place);
        }
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD,
                    "column '" + name + "' must be an array with one value per row",
                    place + "." + name);
        }
        if (rows < 0) {
            rows = text.elements(parser);
            batch.open(rows, place + "." + name);
        }
        return slot;
    }

    private void value(Slot slot, RowTensor into, int row, int outside) throws IOException {
        try {
            cells.read(slot, into, row);
        } catch (RequestRejected e) {
            String element =
                    e.field() == null ? "" : e.field().substring(slot.name().length());
            String field = place + "." + slot.name() + "[" + row + "]" + element;
            batch.refuse(row, new RequestRejected(e.code(), e.publicMessage(), field, e.limit()));
            while (parser.getParsingContext().getNestingDepth() > outside) {
                parser.nextToken();
            }
        }
    }

    private RequestRejected wrongLength(String name) {
        return new RequestRejected(
                FailureCode.WRONG_SHAPE,
                "column '" + name + "' must have " + rows + " values, as many as the columns before it",
                place + "." + name);
    }
}
