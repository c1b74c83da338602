package dev.weir.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request that provokes a documented answer.
 *
 * @param method the method
 * @param template the documented path
 * @param path the path as sent
 * @param status the expected status
 * @param headers what is sent beside the content type
 * @param contentType the body's type
 * @param body the body, or null
 */
record OpenApiExchange(
        String method,
        String template,
        String path,
        int status,
        Map<String, String> headers,
        String contentType,
        byte @Nullable [] body) {

    private static final Map<String, String> BAD_ID = Map.of("X-Request-Id", "{}");
    private static final Map<String, String> COMPRESSED = Map.of("Content-Encoding", "gzip");
    private static final String JSON = "application/json";

    /** Larger than a body may be. */
    private static final int TOO_LARGE = (16 << 20) + 1;

    /** Returns a request for every operation and every answer that a request can provoke at once. */
    static List<OpenApiExchange> all() {
        List<OpenApiExchange> all = new ArrayList<>();
        for (String path : List.of("/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/stats")) {
            all.addAll(questions(path));
        }
        for (String base : List.of("/v2/models/{model}", "/v2/models/{model}/versions/{version}")) {
            for (String path : List.of(base, base + "/ready", base + "/config", base + "/stats")) {
                all.addAll(questions(path));
                all.add(get(path, 404).to(unknown(path)));
            }
            all.addAll(inferences(base + "/infer"));
        }
        for (String path : List.of(
                "/api/v1/server", "/api/v1/deployments", "/api/v1/deployments/{name}", "/api/v1/versions")) {
            all.addAll(questions(path));
            all.add(get(path, 415).with(Map.of("Accept", "text/csv")));
        }
        all.add(get("/api/v1/deployments/{name}", 404).to("/api/v1/deployments/nowhere"));
        return all;
    }

    private static List<OpenApiExchange> questions(String template) {
        return List.of(get(template, 200), get(template, 400).with(BAD_ID));
    }

    private static List<OpenApiExchange> inferences(String template) {
        byte[] rows = example("iris.v2.json");
        List<OpenApiExchange> all = new ArrayList<>();
        all.add(post(template, 200, JSON, rows));
        all.add(post(template, 200, "application/octet-stream", new byte[4 * Float.BYTES])
                .with(Map.of("Inference-Header-Content-Length", "0")));
        all.addAll(refusals(template, JSON, rows));
        all.add(post(template, 404, JSON, rows).to(unknown(template)));
        if (!template.contains("{version}")) {
            for (String model : List.of("breast-cancer", "diabetes", "digits", "penguins")) {
                all.add(post(template, 200, JSON, example(model + ".v2.json"))
                        .to(template.replace("{model}", model)));
            }
        }
        return all;
    }

    private static List<OpenApiExchange> refusals(String template, String contentType, byte[] body) {
        return List.of(
                post(template, 400, contentType, "{".getBytes(StandardCharsets.UTF_8)),
                post(template, 413, contentType, new byte[TOO_LARGE]),
                post(template, 415, contentType, body).with(COMPRESSED));
    }

    private static byte[] example(String name) {
        try {
            return Files.readAllBytes(Path.of("examples/requests", name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static OpenApiExchange get(String template, int status) {
        return new OpenApiExchange("GET", template, fill(template), status, Map.of(), "", null);
    }

    private static OpenApiExchange post(String template, int status, String contentType, byte[] body) {
        return new OpenApiExchange("POST", template, fill(template), status, Map.of(), contentType, body);
    }

    /** Returns a path that exists for a template. */
    static String fill(String template) {
        return template.replace("{model}", "iris").replace("{version}", "1").replace("{name}", "iris");
    }

    private static String unknown(String template) {
        return fill(template.contains("{version}")
                ? template.replace("{version}", "99")
                : template.replace("{model}", "nowhere"));
    }

    private OpenApiExchange with(Map<String, String> headers) {
        return new OpenApiExchange(method, template, path, status, headers, contentType, body);
    }

    private OpenApiExchange to(String path) {
        return new OpenApiExchange(method, template, path, status, headers, contentType, body);
    }

    /** Returns the operation as {@link OpenApiContract#operations} names it. */
    String operation() {
        return method + " " + template;
    }

    HttpRequest request(URI server) {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.resolve(path));
        headers.forEach(request::header);
        if (body != null) {
            // The head alone decides over a body that is too large, and whoever sends all of it may miss the answer.
            request.header("Content-Type", contentType)
                    .method(method, BodyPublishers.ofByteArray(body))
                    .expectContinue(body.length == TOO_LARGE);
        }
        return request.build();
    }

    @Override
    public String toString() {
        return method + " " + path + " " + headers;
    }
}
