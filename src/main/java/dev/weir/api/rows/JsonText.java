package dev.weir.api.rows;

import com.fasterxml.jackson.core.JsonParser;
import dev.weir.api.http.Body;

/** The bytes behind a parser, for what must be counted before it is read. */
@SuppressWarnings("ArrayRecordComponent") // a view on a body, compared never
record JsonText(byte[] bytes, int offset, int length) {

    static JsonText of(Body body) {
        return new JsonText(body.bytes(), body.offset(), body.length());
    }

    /** Returns the number of elements of the array on whose opening bracket the parser stands. */
    int elements(JsonParser parser) {
        return ArrayScan.elements(bytes, position(parser), offset + length);
    }

    /** Returns the extents of the nested array on whose opening bracket the parser stands. */
    long[] extents(JsonParser parser, int rank) {
        return ArrayScan.extents(bytes, position(parser), offset + length, rank);
    }

    /** Returns the index of the token the parser stands on. */
    int position(JsonParser parser) {
        return offset + Math.toIntExact(parser.currentTokenLocation().getByteOffset());
    }
}
