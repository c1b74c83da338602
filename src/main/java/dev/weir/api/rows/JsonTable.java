package dev.weir.api.rows;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.weir.api.JsonBodies;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Names;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads a JSON body that holds one table, in one of the forms its protocol has. */
final class JsonTable {

    /** How a table stands in a JSON body: under which key, and in which arrangement. */
    enum Form {
        /** Rows. */
        INSTANCES,
        /** Columns by name; rows when the model takes a single tensor. */
        INPUTS,
        /** Columns' names apart from rows of values, as pandas splits a frame. */
        DATAFRAME_SPLIT,
        /** Rows, as pandas records. */
        DATAFRAME_RECORDS;

        private String key() {
            return name().toLowerCase(Locale.ROOT);
        }

        private static @Nullable Form of(String key, Set<Form> forms) {
            for (Form form : forms) {
                if (form.key().equals(key)) {
                    return form;
                }
            }
            return null;
        }
    }

    private static final String SIGNATURE_NAME = "signature_name";
    private static final String PARAMS = "params";

    /** What an id takes on the heap at most. */
    private static final long ID_BYTES = Names.MAX_LENGTH + 64L;

    private final JsonBodies json;
    private final JsonParser parser;
    private final JsonText text;
    private final RowBatch batch;
    private final RowLayout layout;

    JsonTable(JsonBodies json, JsonParser parser, JsonText text, RowBatch batch) {
        this.json = json;
        this.parser = parser;
        this.text = text;
        this.batch = batch;
        this.layout = batch.layout();
    }

    /**
     * Reads the document; the parser stands before its first token.
     *
     * @param forms the forms it may have
     */
    DecodedRows read(Set<Form> forms) throws IOException {
        requireObject(parser.nextToken(), "body");
        DecodedRows rows = null;
        List<String> ids = null;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            Form form = Form.of(key, forms);
            JsonToken token = parser.nextToken();
            if (form != null) {
                if (rows != null) {
                    throw new RequestRejected(
                            FailureCode.INVALID_FIELD, "the body must have one of " + keys(forms) + ", not two", key);
                }
                rows = table(form);
            } else if (key.equals(SIGNATURE_NAME) && token != JsonToken.VALUE_STRING) {
                throw new RequestRejected(FailureCode.INVALID_FIELD, "a signature's name must be a string", key);
            } else if (key.equals(DecodedRows.INFERENCE_IDS) && token != JsonToken.VALUE_NULL) {
                ids = ids();
            } else if (key.equals(PARAMS) && forms.contains(Form.DATAFRAME_SPLIT)) {
                requireNoParams(token);
            } else {
                parser.skipChildren();
            }
        }
        if (rows == null) {
            String keys = keys(forms);
            throw new RequestRejected(FailureCode.MISSING_FIELD, "the body must have one of " + keys, "body");
        }
        return ids == null ? rows : rows.identified(ids, DecodedRows.INFERENCE_IDS);
    }

    /** Reads the caller's own ids of the rows. */
    private List<String> ids() throws IOException {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD,
                    "inference ids are an array of strings, one for each row",
                    DecodedRows.INFERENCE_IDS);
        }
        List<String> ids = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            String place = DecodedRows.INFERENCE_IDS + "[" + ids.size() + "]";
            if (parser.currentToken() != JsonToken.VALUE_STRING) {
                throw new RequestRejected(FailureCode.INVALID_FIELD, "an inference id is a string", place);
            }
            batch.reserve(ID_BYTES);
            ids.add(Names.requireId(parser.getText(), place));
        }
        return ids;
    }

    private static String keys(Set<Form> forms) {
        return forms.stream().map(Form::key).collect(Collectors.joining(", "));
    }

    private static void requireObject(@Nullable JsonToken token, String place) {
        if (token == null) {
            throw new RequestRejected(FailureCode.MALFORMED_JSON, "the body is empty", place);
        }
        if (token != JsonToken.START_OBJECT) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, "the " + place + " must be an object", place);
        }
    }

    private void requireNoParams(JsonToken token) throws IOException {
        boolean empty = token == JsonToken.VALUE_NULL
                || (token == JsonToken.START_OBJECT && parser.nextToken() == JsonToken.END_OBJECT);
        if (!empty) {
            throw new RequestRejected(
                    FailureCode.UNSUPPORTED_PARAMETER, "the model takes no inference parameters", PARAMS);
        }
    }

    private DecodedRows table(Form form) throws IOException {
        return switch (form) {
            case INSTANCES, DATAFRAME_RECORDS ->
                JsonRows.of(parser, text, batch).array(form.key(), layout.columns());
            case INPUTS -> inputs();
            case DATAFRAME_SPLIT -> split();
        };
    }

    private DecodedRows inputs() throws IOException {
        String place = Form.INPUTS.key();
        if (parser.currentToken() == JsonToken.START_ARRAY
                && layout.signature().inputs().size() == 1) {
            return JsonRows.of(parser, text, batch).array(place, layout.columns());
        }
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD, "inputs must be an object of columns: " + layout.names(), place);
        }
        return new JsonColumns(parser, text, batch, place).read();
    }

    private DecodedRows split() throws IOException {
        String place = Form.DATAFRAME_SPLIT.key();
        requireObject(parser.currentToken(), place);
        List<Slot> order = null;
        DecodedRows rows = null;
        int data = -1;
        int end = -1;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            JsonToken token = parser.nextToken();
            if (key.equals("columns") && token != JsonToken.VALUE_NULL) {
                order = columns(place + ".columns");
            } else if (key.equals("data") && order != null) {
                rows = JsonRows.ofCells(parser, text, batch).array(place + ".data", order);
            } else if (key.equals("data")) {
                data = text.position(parser);
                parser.skipChildren();
                end = text.position(parser) + 1;
            } else {
                parser.skipChildren();
            }
        }
        if (rows == null && data < 0) {
            throw new RequestRejected(FailureCode.MISSING_FIELD, "a split data frame has data", place + ".data");
        }
        return rows != null ? rows : later(data, end, order == null ? layout.columns() : order, place + ".data");
    }

    /** Reads rows that stood before the names of their columns. */
    private DecodedRows later(int from, int to, List<Slot> order, String place) {
        JsonText part = new JsonText(text.bytes(), from, to - from);
        return json.reread(part.bytes(), part.offset(), part.length(), place, again -> {
            again.nextToken();
            return JsonRows.ofCells(again, part, batch).array(place, order);
        });
    }

    private List<Slot> columns(String place) throws IOException {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, "the columns must be an array of names", place);
        }
        List<Slot> order = new ArrayList<>();
        batch.begin();
        try {
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                Slot slot = column(order.size());
                batch.claim(slot);
                order.add(slot);
            }
            batch.requireComplete();
        } catch (RequestRejected e) {
            throw e.at(place);
        }
        return order;
    }

    /** Returns the column named by the current token; a frame without names numbers its columns from 0. */
    private Slot column(int position) throws IOException {
        JsonToken token = parser.currentToken();
        boolean number = token == JsonToken.VALUE_NUMBER_INT;
        if (!number && token != JsonToken.VALUE_STRING) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, "a column's name must be a string");
        }
        String name = parser.getText();
        Slot slot = layout.find(name);
        if (slot == null && number && position < layout.columns().size() && name.equals(Integer.toString(position))) {
            slot = layout.columns().get(position);
        }
        if (slot == null) {
            throw layout.unknown(name);
        }
        return slot;
    }
}
