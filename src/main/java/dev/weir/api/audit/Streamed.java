package dev.weir.api.audit;

import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.StreamingOutput;
import jakarta.ws.rs.ext.MessageBodyWriter;
import jakarta.ws.rs.ext.Provider;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;

/**
 * An answer that is written as it is made. A type of its own, because the platform would hand any other to its writer of JSON.
 *
 * @param body writes it
 */
record Streamed(StreamingOutput body) {

    /** Lets it write itself. */
    @Provider
    public static final class Writer implements MessageBodyWriter<Streamed> {

        @Override
        public boolean isWriteable(Class<?> type, Type generic, Annotation[] annotations, MediaType mediaType) {
            return type == Streamed.class;
        }

        @Override
        public void writeTo(
                Streamed streamed,
                Class<?> type,
                Type generic,
                Annotation[] annotations,
                MediaType mediaType,
                MultivaluedMap<String, Object> headers,
                OutputStream out)
                throws IOException {
            streamed.body().write(out);
        }
    }
}
