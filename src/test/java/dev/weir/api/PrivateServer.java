package dev.weir.api;

import dev.weir.fixture.Artifacts;
import dev.weir.fixture.PostgresServer;
import dev.weir.fixture.RoleAuthenticator;
import dev.weir.fixture.TraceCollector;
import dev.weir.servable.ArtifactDigests;
import io.quarkus.test.junit.QuarkusTestProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A server with a state directory of its own and deployments that redact, or say whom their requests are about. */
public final class PrivateServer implements QuarkusTestProfile {

    /** Where it keeps all that it writes. */
    static final Path STATE = directory();

    /** Where it forwards its record to. */
    static final Path LINES = STATE.resolve("forwarded/lines.ndjson");

    /** And here. */
    static final Path COLUMNS = STATE.resolve("forwarded/parquet");

    /** And to tables of this schema. */
    static final String SCHEMA = PostgresServer.schema();

    private static Path directory() {
        try {
            return Files.createTempDirectory("weir-private");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Set<Class<?>> getEnabledAlternatives() {
        return Set.of(RoleAuthenticator.class);
    }

    @Override
    public List<TestResourceEntry> testResources() {
        return List.of(new TestResourceEntry(TraceCollector.class));
    }

    @Override
    public Map<String, String> getConfigOverrides() {
        try {
            Path registry = STATE.resolveSibling(STATE.getFileName() + "-registry");
            put(registry, "words", "identity_bytes", """
                    "inputs": [{"name": "x", "datatype": "BYTES", "shape": [-1]}],
                    "outputs": [{"name": "y", "datatype": "BYTES", "shape": [-1]}]""");
            put(registry, "rows", "linear", """
                    "inputs": [{"name": "features", "datatype": "FP32", "shape": [-1, 3], "features": ["a", "b", "c"]}],
                    "outputs": [{"name": "scores", "datatype": "FP32", "shape": [-1, 2]},
                                {"name": "label", "datatype": "INT64", "shape": [-1]}]""");
            Path deployments = Files.createDirectories(STATE.resolveSibling(STATE.getFileName() + "-deployments"));
            deploy(deployments, "hashed", "words", "features: {x: hash}");
            deploy(deployments, "dropped", "words", "features: {x: drop, y: drop}");
            deploy(deployments, "numbers", "rows", "features: {a: drop, b: hash, scores: drop}");
            deploy(deployments, "people", "words", "subject: {header: X-Customer}");
            deploy(deployments, "named", "words", "subject: {feature: x}");
            Map<String, String> settings = new HashMap<>();
            settings.put("weir.state.directory", STATE.toString());
            settings.put("weir.registry.directory", registry.toString());
            settings.put("weir.deployments.directory", deployments.toString());
            settings.put("weir.predictions.sinks.lines.type", "json");
            settings.put("weir.predictions.sinks.lines.json.file", LINES.toString());
            settings.put("weir.predictions.sinks.columns.type", "parquet");
            settings.put("weir.predictions.sinks.columns.parquet.directory", COLUMNS.toString());
            settings.put("weir.predictions.sinks.columns.parquet.max-age", "1s");
            settings.put("weir.predictions.sinks.tables.type", "postgresql");
            settings.put(
                    "weir.predictions.sinks.tables.postgresql.url",
                    PostgresServer.shared().url());
            settings.put(
                    "weir.predictions.sinks.tables.postgresql.user",
                    PostgresServer.shared().user());
            settings.put("weir.predictions.sinks.tables.postgresql.password", "postgres");
            settings.put("weir.predictions.sinks.tables.postgresql.schema", SCHEMA);
            settings.put("quarkus.log.category.\"dev.weir\".level", "DEBUG");
            return settings;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void put(Path registry, String model, String file, String signature) throws IOException {
        Path place = Files.createDirectories(registry.resolve(model).resolve("1"));
        byte[] bytes = Artifacts.resource(file);
        Files.write(place.resolve("model.onnx"), bytes);
        Files.writeString(place.resolve("manifest.json"), """
                {"schema_version": "1.0", "model": "%s", "version": "1", "format": "onnx", "description": "",
                 "files": [{"path": "model.onnx", "sha256": "%s", "bytes": %d}],
                 "signature": {"batch_axis": 0, %s}}
                """.formatted(
                        model, ArtifactDigests.sha256(bytes), bytes.length, signature));
    }

    private static void deploy(Path directory, String name, String model, String log) throws IOException {
        Files.writeString(
                directory.resolve(name + ".yaml"),
                "apiVersion: weir.dev/v1\nkind: ModelDeployment\nmetadata: {name: %s}\nspec: {model: %s, version: '1', log: {%s}}\n"
                        .formatted(name, model, log));
    }
}
