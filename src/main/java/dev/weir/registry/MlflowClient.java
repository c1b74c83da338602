package dev.weir.registry;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weir.failure.RegistryUnavailable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Asks one MLflow tracking server. Redirects are not followed, so no other host is ever asked. An answer must be there as a
 * whole in time, however it comes; a file may take longer, but must go on arriving. Whatever is no answer of MLflow's, such as a gateway's page of HTML, is a registry that can't be read.
 *
 * <p>Thread-safe; methods block.
 */
final class MlflowClient implements AutoCloseable {

    /** The public API. */
    static final String API = "api/2.0/mlflow/";

    private static final int MAX_ANSWER_BYTES = 64 << 20;
    private static final String NOT_FOUND = "RESOURCE_DOES_NOT_EXIST";

    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final HttpClient http;
    private final StallWatch watch;
    private final URI base;
    private final @Nullable String authorization;
    private final Duration timeout;

    /**
     * Makes a client; asks nothing yet.
     *
     * @param base where the server is
     * @param authorization the header's value, or null for none
     * @param timeout for a whole answer, for a file to begin, and for its next bytes
     */
    MlflowClient(URI base, @Nullable String authorization, Duration connectTimeout, Duration timeout) {
        this.base = URI.create(base + (base.toString().endsWith("/") ? "" : "/"));
        this.authorization = authorization;
        this.timeout = timeout;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(connectTimeout)
                .build();
        this.watch = new StallWatch(timeout);
    }

    /**
     * Reads something.
     *
     * @param path below the server's address, encoded
     * @param query the parameters, not encoded
     * @return the answer, or null when MLflow says that there is no such thing
     * @throws RegistryUnavailable when there is no such answer
     */
    <T> @Nullable T get(String path, Map<String, String> query, Class<T> type) {
        return read(request(path, query).GET().build(), path, type);
    }

    /**
     * Changes something.
     *
     * @return whether MLflow did; false when it says that there is no such thing
     * @throws RegistryUnavailable when it is not known to have been done
     */
    boolean send(String method, String path, Map<String, String> body) {
        byte[] bytes;
        try {
            bytes = JSON.writeValueAsBytes(body);
        } catch (IOException e) {
            throw new IllegalStateException("a map of texts is always JSON", e);
        }
        HttpRequest request = request(path, Map.of())
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofByteArray(bytes))
                .build();
        return read(request, path, JsonNode.class) != null;
    }

    private <T> @Nullable T read(HttpRequest request, String path, Class<T> type) {
        HttpResponse<byte[]> response = exchange(
                request, HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), MAX_ANSWER_BYTES));
        byte[] body = response.body();
        if (response.statusCode() == 404 && isNotFound(body)) {
            return null;
        }
        requireOk(response, path);
        try {
            T answer = JSON.readValue(body, type);
            if (answer == null) {
                throw new IOException("null");
            }
            return answer;
        } catch (IOException e) {
            throw new RegistryUnavailable("what answered " + name(path) + " is not MLflow", e);
        }
    }

    private static boolean isNotFound(byte[] body) {
        try {
            MlflowAnswers.Refusal refusal = JSON.readValue(body, MlflowAnswers.Refusal.class);
            return refusal != null && NOT_FOUND.equals(refusal.errorCode());
        } catch (IOException e) {
            return false; // a page of somebody else
        }
    }

    /**
     * Opens a file.
     *
     * @param path below the server's address, encoded
     * @param query the parameters, not encoded
     * @return its bytes; a read fails when no more arrive for too long
     * @throws RegistryUnavailable when it can't be opened, or there is none
     */
    InputStream open(String path, Map<String, String> query) {
        HttpResponse<InputStream> response =
                exchange(request(path, query).GET().build(), HttpResponse.BodyHandlers.ofInputStream());
        try {
            requireOk(response, path);
            return watch.over(response.body());
        } catch (RegistryUnavailable e) {
            close(response.body());
            throw e;
        }
    }

    private static void close(InputStream in) {
        try {
            in.close();
        } catch (IOException e) {
            // nobody reads it
        }
    }

    private HttpRequest.Builder request(String path, Map<String, String> query) {
        String parameters = query.entrySet().stream()
                .map(entry -> encode(entry.getKey()) + "=" + encode(entry.getValue()))
                .collect(Collectors.joining("&"));
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path + (parameters.isEmpty() ? "" : "?" + parameters)));
        if (authorization != null) {
            request.setHeader("Authorization", authorization);
        }
        return request;
    }

    /** Waits for the body as the handler takes it: a stream is there with the head, bytes are there at the end. */
    private <B> HttpResponse<B> exchange(HttpRequest request, HttpResponse.BodyHandler<B> handler) {
        CompletableFuture<HttpResponse<B>> answer = http.sendAsync(request, handler);
        try {
            return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw new RegistryUnavailable(
                    "MLflow can't be reached, breaks off, or answers too much or too late", e.getCause());
        } catch (TimeoutException e) {
            throw new RegistryUnavailable(
                    "MLflow did not answer within " + timeout.toMillis() + " ms (weir.registry.mlflow.timeout)", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RegistryUnavailable("the wait for MLflow was interrupted", e);
        } finally {
            answer.cancel(true); // ends the exchange where it goes on
        }
    }

    private static void requireOk(HttpResponse<?> response, String path) {
        int status = response.statusCode();
        if (status == 401 || status == 403) {
            throw new RegistryUnavailable("MLflow refuses the credentials (" + status + ")", null);
        }
        if (status != 200) {
            throw new RegistryUnavailable("MLflow answered " + status + " to " + name(path), null);
        }
    }

    /** Returns what was asked, without names from an artifact. */
    private static String name(String path) {
        return path.startsWith(API) ? path.substring(API.length()).split("/m-", 2)[0] : "a request for a file";
    }

    /** Encodes a text as one segment of a path, or as a parameter. */
    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /**
     * Encodes a path's segments.
     *
     * @throws RegistryUnavailable when one leads elsewhere
     */
    static String encodePath(String path) {
        return Arrays.stream(path.split("/", -1))
                .map(segment -> {
                    if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
                        throw new RegistryUnavailable("MLflow names a path that leads elsewhere", null);
                    }
                    return encode(segment);
                })
                .collect(Collectors.joining("/"));
    }

    /** Says whether an address is this server. */
    boolean isHere(URI address) {
        String host = address.getHost();
        return host == null
                || (host.toLowerCase(Locale.ROOT).equals(base.getHost().toLowerCase(Locale.ROOT))
                        && address.getPort() == base.getPort());
    }

    @Override
    public void close() {
        http.shutdownNow();
        watch.close();
    }
}
