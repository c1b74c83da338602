package dev.weir.registry;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Gives the answers that a real MLflow gave to {@code src/test/mlflow/record.py}. What was not recorded is a 500, so that
 * no test passes on an answer that nobody gave.
 */
final class RecordedMlflow implements AutoCloseable {

    /** An answer to a path and its parameters. */
    record Recorded(String path, Map<String, String> query, int status, byte[] body) {}

    private final HttpServer server;
    private final Map<String, Recorded> answers = new HashMap<>();
    private final Map<String, UnaryOperator<Recorded>> changes = new ConcurrentHashMap<>();
    private final Set<String> headers = ConcurrentHashMap.newKeySet();

    RecordedMlflow() throws IOException {
        try (InputStream in = RecordedMlflow.class.getResourceAsStream("/mlflow/recorded.json")) {
            List<Recorded> recorded = new JsonMapper().readValue(in, new TypeReference<>() {});
            recorded.forEach(each -> answers.put(key(each.path(), each.query()), each));
        }
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    private static String key(String path, Map<String, String> query) {
        return path + " " + new TreeMap<>(query);
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** Answers differently from now on where the path ends so. */
    void change(String suffix, UnaryOperator<Recorded> change) {
        changes.put(suffix, change);
    }

    /** Answers with something else from now on where the path ends so. */
    void answer(String suffix, int status, byte[] body) {
        change(suffix, was -> new Recorded(was.path(), was.query(), status, body));
    }

    /** Returns the {@code Authorization} headers that came. */
    Set<String> authorizations() {
        return headers;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String authorization = exchange.getRequestHeaders().getFirst("Authorization");
            if (authorization != null) {
                headers.add(authorization);
            }
            String path = exchange.getRequestURI().getPath();
            Recorded answer = answers.getOrDefault(
                    key(path, query(exchange.getRequestURI().getQuery())),
                    new Recorded(path, Map.of(), 500, new byte[0]));
            for (Map.Entry<String, UnaryOperator<Recorded>> change : changes.entrySet()) {
                if (path.endsWith(change.getKey())) {
                    answer = change.getValue().apply(answer);
                }
            }
            exchange.sendResponseHeaders(answer.status(), answer.body().length == 0 ? -1 : answer.body().length);
            exchange.getResponseBody().write(answer.body());
        }
    }

    private static Map<String, String> query(@Nullable String query) {
        Map<String, String> parameters = new TreeMap<>();
        if (query != null) {
            for (String each : query.split("&")) {
                String[] parts = each.split("=", 2);
                parameters.put(parts[0], parts[1]);
            }
        }
        return parameters;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
