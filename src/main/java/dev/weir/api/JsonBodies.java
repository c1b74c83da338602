package dev.weir.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Utf8;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The one way to read and write JSON on the wire: strict UTF-8 only, no duplicate keys, bounded nesting, members, strings,
 * numbers and names. Thread-safe.
 */
@Singleton
public class JsonBodies {

    private final JsonFactory factory;
    private final JsonMembers members;

    /** Takes the limits. */
    @Inject
    public JsonBodies(ApiConfig limits) {
        factory = JsonFactory.builder()
                .disable(JsonFactory.Feature.CHARSET_DETECTION)
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
                .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
                .streamReadConstraints(new JsonLimits(limits))
                .build();
        members = new JsonMembers(limits);
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
        members.require(bytes, offset, length);
        return parse(bytes, offset, length, "", parser -> {
            T value = reader.read(parser);
            if (parser.nextToken() != null) {
                throw new RequestRejected(FailureCode.MALFORMED_JSON, "the document goes on after its end", "body");
            }
            return value;
        });
    }

    /**
     * Reads part of a document that was read before, for values met before their type was known.
     *
     * @param place where the part stands in the request
     * @throws RequestRejected as {@link #read} does
     */
    public <T> T reread(byte[] bytes, int offset, int length, String place, Reader<T> reader) {
        return parse(bytes, offset, length, place, reader);
    }

    private <T> T parse(byte[] bytes, int offset, int length, String root, Reader<T> reader) {
        JsonStreamContext context = null;
        try (JsonParser parser = factory.createParser(bytes, offset, length)) {
            try {
                return reader.read(parser);
            } finally {
                // Taken while the parser is open: closing it leaves the place.
                context = parser.getParsingContext();
            }
        } catch (IOException e) {
            throw refuse(e, context, root);
        }
    }

    /** Returns a generator of UTF-8. */
    public JsonGenerator generator(OutputStream out) throws IOException {
        return factory.createGenerator(out);
    }

    private static RequestRejected refuse(IOException e, @Nullable JsonStreamContext context, String root) {
        if (e instanceof JsonLimits.Broken broken) {
            String field =
                    switch (broken.kind()) {
                        case NESTING -> "body";
                        case NAME -> JsonPlace.of(context == null ? null : context.getParent(), root);
                        case STRING, NUMBER -> JsonPlace.of(context, root);
                    };
            return new RequestRejected(FailureCode.LIMIT_EXCEEDED, broken.getOriginalMessage(), field, broken.limit());
        }
        if (e instanceof JsonParseException && String.valueOf(e.getMessage()).startsWith("Duplicate field")) {
            return new RequestRejected(
                    FailureCode.DUPLICATE_KEY,
                    "a JSON object has the same key twice" + line(e),
                    JsonPlace.of(context, root));
        }
        return new RequestRejected(FailureCode.MALFORMED_JSON, "the body is no valid JSON document" + line(e), "body");
    }

    private static String line(IOException e) {
        return e instanceof JsonProcessingException json && json.getLocation() != null
                ? " (line " + json.getLocation().getLineNr() + ", column "
                        + json.getLocation().getColumnNr() + ")"
                : "";
    }
}
