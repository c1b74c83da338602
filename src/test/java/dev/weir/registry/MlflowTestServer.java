package dev.weir.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weir.inference.VersionRef;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;

/** Fills a real MLflow through its REST API, as its own client does. */
final class MlflowTestServer {

    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI url;

    MlflowTestServer(URI url) {
        this.url = url;
    }

    /** Removes every registered model. */
    void clear() throws IOException {
        JsonNode models = call("GET", "registered-models/search?max_results=1000", null);
        for (JsonNode model : models.path("registered_models")) {
            call(
                    "DELETE",
                    "registered-models/delete",
                    Map.of("name", model.path("name").asText()));
        }
    }

    /** Puts a version with these files, whose number must be the next; or, when it is there, changes its files. */
    void put(VersionRef ref, Map<String, byte[]> files) throws IOException {
        JsonNode known = call("GET", "model-versions/get?name=" + ref.model() + "&version=" + ref.version(), null)
                .path("model_version");
        if (known.isObject()) {
            upload(known.path("source").asText(), files);
            call(
                    "PATCH",
                    "model-versions/update",
                    Map.of("name", ref.model(), "version", ref.version(), "description", "changed"));
            return;
        }
        JsonNode run = call("POST", "runs/create", Map.of("experiment_id", "0"))
                .path("run")
                .path("info");
        String source = run.path("artifact_uri").asText() + "/model";
        upload(source, files);
        call("POST", "registered-models/create", Map.of("name", ref.model()));
        JsonNode made = call(
                "POST",
                "model-versions/create",
                Map.of(
                        "name",
                        ref.model(),
                        "source",
                        source,
                        "run_id",
                        run.path("run_id").asText()));
        String number = made.path("model_version").path("version").asText();
        if (!number.equals(ref.version())) {
            throw new IOException("MLflow numbered " + ref + " as " + number + ": " + made);
        }
    }

    private void upload(String uri, Map<String, byte[]> files) throws IOException {
        String path = uri.substring("mlflow-artifacts:/".length());
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            send("PUT", "api/2.0/mlflow-artifacts/artifacts/" + path + "/" + file.getKey(), file.getValue());
        }
    }

    private JsonNode call(String method, String path, Map<String, String> body) throws IOException {
        byte[] bytes = body == null ? new byte[0] : JSON.writeValueAsBytes(body);
        return JSON.readTree(send(method, "api/2.0/mlflow/" + path, bytes));
    }

    private byte[] send(String method, String path, byte[] body) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(url.resolve("/" + path))
                .timeout(Duration.ofSeconds(30))
                .header(
                        "Content-Type",
                        path.contains("mlflow-artifacts") ? "application/octet-stream" : "application/json")
                .method(method, HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofByteArray()).body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
