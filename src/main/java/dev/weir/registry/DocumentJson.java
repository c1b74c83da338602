package dev.weir.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;

/** How the registry's documents are written: strictly, and so that people can read them. */
final class DocumentJson {

    /** The only schema version there is. */
    static final String SCHEMA_VERSION = "1.0";

    private static final JsonMapper JSON = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    private DocumentJson() {}

    /**
     * Reads a document.
     *
     * @throws IOException when it is not as Weir writes it
     */
    static <T> T read(byte[] document, Class<T> type) throws IOException {
        try {
            T value = JSON.readValue(document, type);
            if (value == null) {
                throw new IOException("the document holds nothing");
            }
            return value;
        } catch (JsonProcessingException e) {
            throw new IOException("the document is not as Weir writes it", e);
        }
    }

    /** Writes a document. */
    static byte[] write(Object document) throws IOException {
        return JSON.writeValueAsBytes(document);
    }
}
