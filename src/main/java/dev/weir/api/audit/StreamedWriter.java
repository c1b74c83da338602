package dev.weir.api.audit;

import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.ext.Provider;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import org.jboss.resteasy.reactive.server.spi.ResteasyReactiveResourceInfo;
import org.jboss.resteasy.reactive.server.spi.ServerMessageBodyWriter;
import org.jboss.resteasy.reactive.server.spi.ServerRequestContext;

/** Lets answers write themselves, before the platform's writer of JSON would take them for values. */
@Provider
@Priority(Priorities.USER - 1)
public class StreamedWriter implements ServerMessageBodyWriter<Streamed> {

    @Override
    public boolean isWriteable(Class<?> type, Type generic, ResteasyReactiveResourceInfo target, MediaType mediaType) {
        return type == Streamed.class;
    }

    @Override
    public boolean isWriteable(Class<?> type, Type generic, Annotation[] annotations, MediaType mediaType) {
        return type == Streamed.class;
    }

    @Override
    public void writeResponse(Streamed streamed, Type generic, ServerRequestContext context) throws IOException {
        streamed.body().write(context.getOrCreateOutputStream());
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
