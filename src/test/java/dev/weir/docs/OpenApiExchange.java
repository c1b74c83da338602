package dev.weir.docs;

import dev.weir.fixture.Form;
import dev.weir.fixture.ServedLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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
    private static final Map<String, String> REPORT = Map.of("Weir-On-Row-Error", "report");
    private static final String JSON = "application/json";
    private static final String BINARY = "application/octet-stream";

    private static final String IRIS =
            "[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[1,4],\"data\":[5.1,3.5,1.4,0.2]}]";

    /** Larger than a body may be. */
    private static final int TOO_LARGE = (16 << 20) + 1;

    /** Returns requests for every operation and every answer that a request can provoke at once. */
    static List<OpenApiExchange> all() {
        List<OpenApiExchange> all = new ArrayList<>();
        for (String path :
                List.of("/", "/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/stats", "/v1/models", "/ping")) {
            all.addAll(questions(path));
        }
        for (String version : List.of("", "/versions/{version}")) {
            String v2 = "/v2/models/{model}" + version;
            for (String path :
                    List.of(v2, v2 + "/ready", v2 + "/config", v2 + "/stats", "/v1/models/{model}" + version)) {
                all.addAll(questions(path));
                all.add(get(path, 404).of("nowhere"));
                if (!path.endsWith("/stats")) {
                    all.add(get(path, 503).of("broken"));
                }
            }
            all.addAll(inferences(v2 + "/infer"));
            all.addAll(rows("/v1/models/{model}" + version + ":predict"));
        }
        all.addAll(hidden());
        all.addAll(invocations());
        for (String path : List.of(
                "/api/v1/server",
                "/api/v1/log",
                "/api/v1/deployments",
                "/api/v1/deployments/{name}",
                "/api/v1/versions",
                "/api/v1/registry",
                "/api/v1/models/{model}/aliases/{alias}",
                "/api/v1/models/{model}/aliases/{alias}/history")) {
            all.addAll(questions(path));
            all.add(get(path, 406).with(Map.of("Accept", "text/csv")));
        }
        all.addAll(aliases());
        all.addAll(versions());
        all.addAll(registrations());
        all.addAll(records());
        all.addAll(privacy());
        all.add(get("/api/v1/deployments/{name}", 404).to("/api/v1/deployments/nowhere"));
        return all;
    }

    private static List<OpenApiExchange> aliases() {
        String refresh = "/api/v1/registry/refresh";
        String alias = "/api/v1/models/{model}/aliases/{alias}";
        String revert = alias + "/revert";
        byte[] none = new byte[0];
        byte[] move = bytes("{\"version\":\"1\",\"reason\":\"an example\"}");
        byte[] reason = bytes("{\"reason\":\"an example\"}");
        Map<String, String> csv = Map.of("Accept", "text/csv");
        return List.of(
                post(refresh, 200, JSON, none),
                post(refresh, 400, JSON, none).with(BAD_ID),
                post(refresh, 406, JSON, none).with(csv),
                get(alias, 404).to("/api/v1/models/iris/aliases/nobody"),
                put(alias, 200, JSON, move),
                put(alias, 400, JSON, bytes("{}")),
                put(alias, 404, JSON, bytes("{\"version\":\"9\",\"reason\":\"an example\"}")),
                put(alias, 406, JSON, move).with(csv),
                put(alias, 415, "text/plain", move),
                post(revert, 200, JSON, reason),
                post(revert, 400, JSON, bytes("{}")),
                post(revert, 404, JSON, reason).to("/api/v1/models/iris/aliases/gone/revert"),
                post(revert, 406, JSON, reason).with(csv),
                post(revert, 415, "text/plain", reason));
    }

    private static List<OpenApiExchange> versions() {
        String found = "/api/v1/registry/versions";
        String diff = "/api/v1/models/{model}/diff";
        String version = "/api/v1/models/{model}/versions/{version}";
        String revoke = version + "/revoke";
        byte[] reason = bytes("{\"reason\":\"an example\"}");
        Map<String, String> csv = Map.of("Accept", "text/csv");
        String spare = "/api/v1/models/spare/versions/";
        return List.of(
                get(found, 200),
                get(found, 400).to(found + "?limit=0"),
                get(found, 406).with(csv),
                get(diff, 200).to("/api/v1/models/breast-cancer/diff?from=1&to=2"),
                get(diff, 400),
                get(diff, 404).to("/api/v1/models/breast-cancer/diff?from=1&to=@nobody"),
                get(diff, 406).with(csv),
                post(revoke, 200, JSON, reason).to(spare + "2/revoke"),
                post(revoke, 400, JSON, bytes("{}")),
                post(revoke, 404, JSON, reason).to(spare + "9/revoke"),
                post(revoke, 406, JSON, reason).with(csv),
                post(revoke, 415, "text/plain", reason),
                delete(version, 400),
                delete(version, 406).with(csv),
                delete(version, 404).to(spare + "9?reason=example"),
                delete(version, 200).to(spare + "1?reason=example"));
    }

    private static List<OpenApiExchange> registrations() {
        String versions = "/api/v1/models/{model}/versions";
        String other = "/api/v1/models/documented/versions";
        Form model = new Form().file("model", "model.onnx", read(Path.of("examples/registry/iris/1/model.onnx")));
        byte[] form = model.bytes();
        byte[] taken = model.word("version", "1").bytes();
        byte[] broken =
                new Form().file("model", "model.onnx", bytes("no model")).bytes();
        return List.of(
                post(versions, 201, Form.TYPE, form).to(other),
                post(versions, 200, Form.TYPE, form).to(other),
                post(versions, 400, Form.TYPE, new Form().word("version", "1").bytes()),
                post(versions, 406, Form.TYPE, form).with(Map.of("Accept", "text/csv")),
                post(versions, 409, Form.TYPE, taken),
                post(versions, 415, JSON, form),
                post(versions, 422, Form.TYPE, broken));
    }

    private static List<OpenApiExchange> records() {
        String one = "/api/v1/predictions/{id}";
        String outcomes = one + "/outcomes";
        String all = "/api/v1/predictions";
        String events = "/api/v1/audit/events";
        String report = "/api/v1/outcomes";
        String lines = "application/x-ndjson";
        String unknown = all + "/019b7e94-3201-7000-8000-00000000ffff";
        String row = ServedLog.FIRST.id() + ":1";
        byte[] outcome = bytes("{\"prediction_id\":\"" + row + "\",\"value\":{\"species\":\"setosa\"},\"revision\":1,"
                + "\"observed_at\":\"2026-02-03T04:05:06Z\",\"source\":\"garden\"}");
        Map<String, String> csv = Map.of("Accept", "text/csv");
        return List.of(
                post(report, 200, JSON, outcome),
                post(report, 200, lines, bytes("{\"inference_id\":\"flower-1-a\",\"value\":1}\nx\n")),
                post(report, 400, JSON, bytes("{}")),
                post(report, 406, JSON, outcome).with(csv),
                post(
                        report,
                        409,
                        JSON,
                        bytes("{\"prediction_id\":\"" + row
                                + "\",\"value\":\"another\",\"revision\":1,\"source\":\"garden\"}")),
                post(report, 415, "text/plain", outcome),
                get(one, 200),
                get(one, 200).to(all + "/" + row + "?outcomes=true&payload=false"),
                get(one, 400).to(all + "/x"),
                get(one, 404).to(unknown),
                get(one, 406).with(csv),
                get(outcomes, 200),
                get(outcomes, 400).to(all + "/x/outcomes"),
                get(outcomes, 404).to(unknown + "/outcomes"),
                get(outcomes, 406).with(csv),
                get(all, 200).to(all + "?gaps=true&outcomes=true&limit=1"),
                get(all, 200).to(all + "?request_id=order/1&payload=false"),
                get(all, 200).with(Map.of("Accept", lines)),
                get(all, 400).to(all + "?limit=0"),
                get(all, 406).with(csv),
                get(events, 200),
                get(events, 400).to(events + "?action=nothing"),
                get(events, 406).with(csv));
    }

    private static List<OpenApiExchange> privacy() {
        String replay = "/api/v1/predictions/{id}/replay";
        String replays = "/api/v1/predictions/019b7e94-3201-7000-8000-00000000ffff/replay";
        String holds = "/api/v1/holds";
        String hold = holds + "/{id}";
        String erase = "/api/v1/subjects/erase";
        byte[] none = bytes("{}");
        byte[] held = bytes("{\"subject\":\"held\",\"reason\":\"an example\"}");
        byte[] subject = bytes("{\"subject\":\"nobody\",\"reason\":\"an example\"}");
        Map<String, String> csv = Map.of("Accept", "text/csv");
        return List.of(
                post(replay, 200, JSON, none),
                post(replay, 400, JSON, none).to("/api/v1/predictions/x/replay"),
                post(replay, 404, JSON, none).to(replays),
                post(replay, 406, JSON, none).with(csv),
                post(replay, 415, "text/plain", none),
                post(holds, 200, JSON, held),
                post(holds, 400, JSON, none),
                post(holds, 406, JSON, held).with(csv),
                post(holds, 415, "text/plain", held),
                get(holds, 200),
                get(holds, 400).with(BAD_ID),
                get(holds, 406).with(csv),
                delete(hold, 400),
                delete(hold, 404).to(holds + "/nothing?reason=example"),
                delete(hold, 406).to(holds + "/nothing?reason=example").with(csv),
                post(erase, 200, JSON, subject),
                post(erase, 400, JSON, none),
                post(erase, 406, JSON, subject).with(csv),
                post(erase, 409, JSON, held),
                post(erase, 415, "text/plain", subject));
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<OpenApiExchange> questions(String template) {
        return List.of(get(template, 200), get(template, 400).with(BAD_ID));
    }

    private static List<OpenApiExchange> inferences(String template) {
        List<OpenApiExchange> all = new ArrayList<>(predictions(template, "v2"));
        byte[] raw = new byte[4 * Float.BYTES];
        all.add(post(template, 200, BINARY, raw).with(Map.of("Inference-Header-Content-Length", "0")));
        all.add(post(template, 200, JSON, bytes("{\"id\":\"\",\"inputs\":" + IRIS + "}")));
        all.add(post(template, 400, JSON, bytes("{}")));
        // Too short a time for any model: a microsecond.
        all.add(post(template, 504, JSON, bytes("{\"parameters\":{\"timeout\":1},\"inputs\":" + IRIS + "}")));
        return all;
    }

    private static List<OpenApiExchange> rows(String template) {
        List<OpenApiExchange> all = new ArrayList<>(predictions(template, "v1"));
        all.add(post(template, 200, JSON, bytes("{\"inputs\":{\"features\":[[5.1,3.5,1.4,0.2]]}}")));
        all.add(post(template, 200, JSON, bytes("{\"instances\":[[5.1,3.5,1.4,0.2],[1]]}"))
                .with(REPORT));
        all.add(post(template, 400, JSON, bytes("{\"instances\":[{\"sepal\":1}]}")));
        return all;
    }

    private static List<OpenApiExchange> predictions(String template, String protocol) {
        byte[] iris = example("iris." + protocol + ".json");
        List<OpenApiExchange> all = new ArrayList<>(refusals(template, iris));
        all.add(post(template, 200, JSON, iris));
        all.addAll(repeated(template, iris));
        all.add(post(template, 404, JSON, iris).of("nowhere"));
        all.add(post(template, 503, JSON, iris).of("broken"));
        if (!template.contains("{version}")) {
            for (String model : List.of("breast-cancer", "diabetes", "digits", "penguins")) {
                all.add(post(template, 200, JSON, example(model + "." + protocol + ".json"))
                        .of(model));
            }
        }
        return all;
    }

    /** A request with a key, the same again, and another with the same key. */
    private static List<OpenApiExchange> repeated(String template, byte[] body) {
        Map<String, String> key = Map.of("Idempotency-Key", "key" + template.hashCode());
        byte[] other = Arrays.copyOf(body, body.length + 1);
        other[body.length] = '\n';
        return List.of(
                post(template, 200, JSON, body).with(key),
                post(template, 200, JSON, body).with(key),
                post(template, 409, JSON, other).with(key));
    }

    private static List<OpenApiExchange> refusals(String template, byte[] body) {
        return List.of(
                post(template, 400, JSON, bytes("{")),
                post(template, 413, JSON, new byte[TOO_LARGE]),
                post(template, 415, JSON, body).with(COMPRESSED));
    }

    /** A deployment that discloses nothing answers without its version, and has none to ask for. */
    private static List<OpenApiExchange> hidden() {
        return List.of(
                get("/v2/models/{model}", 200).of("hidden"),
                get("/v2/models/{model}/versions/{version}", 404).of("hidden"),
                get("/v1/models/{model}", 200).of("hidden"),
                post("/v2/models/{model}/infer", 200, JSON, example("iris.v2.json"))
                        .of("hidden"),
                post("/v2/models/{model}/versions/{version}/infer", 404, JSON, example("iris.v2.json"))
                        .of("hidden"),
                post("/v1/models/{model}:predict", 200, JSON, example("iris.v1.json"))
                        .of("hidden"),
                post("/v1/models/{model}/versions/{version}:predict", 404, JSON, example("iris.v1.json"))
                        .of("hidden"));
    }

    private static List<OpenApiExchange> invocations() {
        String path = "/invocations";
        String split = "{\"dataframe_split\":{\"columns\":[\"petal_width\",\"petal_length\",\"sepal_width\","
                + "\"sepal_length\"],\"data\":[[0.2,1.4,3.5,5.1]]}}";
        List<OpenApiExchange> all = new ArrayList<>(refusals(path, example("iris.v1.json")));
        all.add(post(path, 200, JSON, example("iris.v1.json")));
        all.addAll(repeated(path, example("iris.v1.json")));
        all.add(post(path, 200, JSON, bytes(split)));
        all.add(post(path, 200, "text/csv", bytes("5.1,3.5,1.4,0.2\n")).with(Map.of("Accept", "text/csv")));
        all.add(post(path, 200, "application/jsonlines", bytes("[5.1,3.5,1.4,0.2]\n")));
        all.add(post(path, 200, "application/x-ndjson", bytes("[5.1,3.5,1.4,0.2]\n")));
        all.add(post(path, 415, "text/plain", bytes("5.1")));
        return all;
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

    private static OpenApiExchange delete(String template, int status) {
        return new OpenApiExchange("DELETE", template, fill(template), status, Map.of(), "", null);
    }

    private static OpenApiExchange post(String template, int status, String contentType, byte[] body) {
        return new OpenApiExchange("POST", template, fill(template), status, Map.of(), contentType, body);
    }

    private static OpenApiExchange put(String template, int status, String contentType, byte[] body) {
        return new OpenApiExchange("PUT", template, fill(template), status, Map.of(), contentType, body);
    }

    /** Returns a path that exists for a template. */
    static String fill(String template) {
        return template.replace("{model}", "iris")
                .replace("{version}", "1")
                .replace("{name}", "iris")
                .replace("{alias}", "champion")
                .replace("{id}", ServedLog.FIRST.id().toString());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private OpenApiExchange of(String model) {
        String version = model.equals("broken") ? "none" : "1";
        return to(template.replace("{model}", model).replace("{version}", version));
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
        if (body == null) {
            request.method(method, BodyPublishers.noBody());
        } else {
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
