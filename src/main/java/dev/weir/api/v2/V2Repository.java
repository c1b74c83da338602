package dev.weir.api.v2;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.weir.api.ApiConfig;
import dev.weir.api.JsonBodies;
import dev.weir.api.ModelRepository;
import dev.weir.api.http.Body;
import dev.weir.api.http.BufferStream;
import dev.weir.api.http.DataPlane;
import dev.weir.api.http.Headers;
import dev.weir.api.http.HttpExchange;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Caller;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** The model repository extension of v2: index, load, unload. */
@Singleton
class V2Repository {

    /** The largest body; it holds a flag or two. */
    private static final int MAX_BODY = 64 << 10;

    private static final Buffer DONE = Buffer.buffer("{}");

    private final Vertx vertx;
    private final DataPlane dataPlane;
    private final JsonBodies json;
    private final ApiConfig limits;
    private final ModelRepository repository;

    @Inject
    V2Repository(Vertx vertx, DataPlane dataPlane, JsonBodies json, ApiConfig limits, ModelRepository repository) {
        this.vertx = vertx;
        this.dataPlane = dataPlane;
        this.json = json;
        this.limits = limits;
        this.repository = repository;
    }

    /** Says whether a path is of this extension: {@code index}, or {@code models/<name>/load} or {@code unload}. */
    static boolean isOwn(List<String> path) {
        return path.size() >= 3
                && path.get(1).equals("repository")
                && ((path.size() == 3 && path.get(2).equals("index"))
                        || (path.size() == 5
                                && path.get(2).equals("models")
                                && (path.get(4).equals("load") || path.get(4).equals("unload"))));
    }

    void handle(HttpExchange exchange, Caller caller, List<String> path) {
        exchange.requireMethod(HttpMethod.POST);
        dataPlane.collect(exchange, MAX_BODY, body -> {
            exchange.memory().close();
            switch (path.getLast()) {
                case "index" -> {
                    boolean ready = read(body, "ready");
                    vertx.executeBlocking(() -> index(caller, ready), false)
                            .onSuccess(index -> answerIndex(exchange, index))
                            .onFailure(exchange::refuse);
                }
                case "load" -> change(exchange, body, () -> repository.load(caller, path.get(3)));
                default -> change(exchange, body, () -> repository.unload(caller, path.get(3)));
            }
        });
    }

    private void answerIndex(HttpExchange exchange, Buffer index) {
        Instant cachedAt = repository.cachedAt();
        exchange.succeed("application/json", index, headers -> {
            if (cachedAt != null) {
                headers.set(Headers.REGISTRY_CACHED_AT, cachedAt.toString());
            }
        });
    }

    private Buffer index(Caller caller, boolean ready) {
        BufferStream stream = new BufferStream();
        try (JsonGenerator generator = json.generator(stream)) {
            generator.writeStartArray();
            for (ModelRepository.Entry entry : repository.index(caller, ready)) {
                generator.writeStartObject();
                generator.writeStringField("name", entry.name());
                generator.writeStringField("version", entry.version());
                generator.writeStringField("state", entry.state());
                generator.writeStringField("reason", entry.reason());
                if (entry.digest() != null) {
                    generator.writeStringField("digest", entry.digest());
                }
                if (entry.loadMillis() != null) {
                    generator.writeNumberField("load_millis", entry.loadMillis());
                }
                generator.writeEndObject();
            }
            generator.writeEndArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return stream.buffer();
    }

    private void change(HttpExchange exchange, Body body, Runnable work) {
        read(body, "");
        run(exchange, () -> {
            work.run();
            return DONE;
        });
    }

    private void run(HttpExchange exchange, Callable<Buffer> work) {
        vertx.executeBlocking(work, false).onSuccess(exchange::json).onFailure(exchange::refuse);
    }

    /**
     * Reads a body, which may be empty.
     *
     * @param flag the field that may be there and is a boolean, or nothing
     * @return the flag's value; false when it is not there
     */
    private boolean read(Body body, String flag) {
        if (body.length() == 0) {
            return false;
        }
        return json.read(body.bytes(), body.offset(), body.length(), parser -> fields(parser, flag));
    }

    private boolean fields(JsonParser parser, String flag) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, "must be an object", "body");
        }
        boolean value = false;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            JsonToken token = parser.nextToken();
            if (name.equals(V2Parameters.FIELD) && flag.isEmpty()) {
                Map<String, Object> parameters =
                        token == JsonToken.VALUE_NULL ? Map.of() : V2Parameters.read(parser, limits);
                ModelRepository.requireParameters(parameters, V2Parameters.FIELD);
            } else if (name.equals(flag)) {
                if (!token.isBoolean()) {
                    throw new RequestRejected(FailureCode.INVALID_FIELD, "must be true or false", flag);
                }
                value = parser.getBooleanValue();
            } else {
                parser.skipChildren();
            }
        }
        return value;
    }
}
