package dev.weir.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Utf8;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.OutputStream;

/**
 * The one way to read and write JSON on the wire: strict UTF-8 only, no duplicate keys, bounded nesting, strings,
 * numbers and names. Thread-safe.
 */
@Singleton
public class JsonBodies {

    private final JsonFactory factory;

    /** Takes the limits. */
    @Inject
    public JsonBodies(ApiConfig limits) {
        factory = JsonFactory.builder()
                .disable(JsonFactory.Feature.CHARSET_DETECTION)
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
                .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(limits.maxNesting())
                        .maxStringLength(limits.maxString())
                        .maxNumberLength(limits.maxNumber())
                        .maxNameLength(limits.maxFieldName())
                        .build())
                .build();
    }

    /** Reads a document. */
    @FunctionalInterface
    public interface Reader<T> {

        /** Reads with a parser that stands before the first token; need not read to the end. */
        T read(JsonParser parser) throws IOException;
    }

    /**
     * Reads a whole document.
     *
     * @throws RequestRejected when the bytes are not UTF-8 or not JSON, hold a key twice, break a limit, or go on after
     *     the document's end
     */
    public <T> T read(byte[] bytes, int offset, int length, Reader<T> reader) {
        if (length == 0) {
            throw new RequestRejected(FailureCode.MALFORMED_JSON, "the body is empty", "body");
        }
        Utf8.requireValid(bytes, offset, length, "body");
        try (JsonParser parser = factory.createParser(bytes, offset, length)) {
            T value = reader.read(parser);
            if (parser.nextToken() != null) {
                throw new RequestRejected(FailureCode.MALFORMED_JSON, "the document goes on after its end", "body");
            }
            return value;
        } catch (IOException e) {
            throw refuse(e);
        }
    }

    /** Returns a parser over part of a document that was read before, for values met before their type was known. */
    public JsonParser reread(byte[] bytes, int offset, int length) throws IOException {
        return factory.createParser(bytes, offset, length);
    }

    /** Returns a generator of UTF-8. */
    public JsonGenerator generator(OutputStream out) throws IOException {
        return factory.createGenerator(out);
    }

    private static RequestRejected refuse(IOException e) {
        if (e instanceof StreamConstraintsException) {
            return new RequestRejected(
                    FailureCode.LIMIT_EXCEEDED,
                    "the JSON document breaks a limit on nesting, or on the length of a string, number or name",
                    "body");
        }
        if (e instanceof JsonParseException && String.valueOf(e.getMessage()).startsWith("Duplicate field")) {
            return new RequestRejected(
                    FailureCode.DUPLICATE_KEY, "a JSON object has the same key twice" + place(e), "body");
        }
        return new RequestRejected(FailureCode.MALFORMED_JSON, "the body is no valid JSON document" + place(e), "body");
    }

    private static String place(IOException e) {
        return e instanceof JsonProcessingException json && json.getLocation() != null
                ? " (line " + json.getLocation().getLineNr() + ", column "
                        + json.getLocation().getColumnNr() + ")"
                : "";
    }
}
