package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.fixture.ChildServer;
import dev.weir.fixture.DeadlyFormat;
import dev.weir.servable.ArtifactDigests;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Whole servers in processes of their own, and models that kill them; beside other tests, for they take long. */
@DisabledOnOs(OS.WINDOWS)
@Execution(ExecutionMode.CONCURRENT)
class DeadlyModelTest {

    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int SIGTERM_EXIT = 143;
    private static final String ONE_AT_A_TIME = "weir.registry.parallel-loads=1";

    @TempDir
    Path directory;

    private void register(String model, String behaviour) throws IOException {
        Path version = Files.createDirectories(
                directory.resolve("registry").resolve(model).resolve("1"));
        byte[] bytes = behaviour.getBytes(StandardCharsets.UTF_8);
        Files.write(version.resolve("model.bin"), bytes);
        Files.writeString(
                version.resolve("manifest.json"), """
                {"schema_version": "1.0", "model": "%s", "version": "1", "format": "deadly",
                 "files": [{"path": "model.bin", "sha256": "%s", "bytes": %d}],
                 "signature": {"batch_axis": 0,
                               "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1]}],
                               "outputs": [{"name": "y", "datatype": "FP32", "shape": [-1]}]}}
                """.formatted(model, ArtifactDigests.sha256(bytes), bytes.length));
        Path deployments = Files.createDirectories(directory.resolve("deployments"));
        Files.writeString(deployments.resolve(model + ".yaml"), """
                apiVersion: weir.dev/v1
                kind: ModelDeployment
                metadata: {name: %s}
                spec: {model: %s, version: "1", required: %s}
                """.formatted(model, model, behaviour.equals("echo")));
    }

    private int runUntilItEnds() throws Exception {
        Process process = ChildServer.start(directory, ONE_AT_A_TIME);
        try {
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    private static String get(String address) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create(address))
                                    .timeout(PATIENCE)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private List<Path> marks() throws IOException {
        Path loads = directory.resolve("state/loads");
        if (!Files.isDirectory(loads)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(loads)) {
            return files.filter(file -> file.toString().endsWith(".json")).toList();
        }
    }

    private String output() throws IOException {
        return Files.readString(directory.resolve("output"));
    }

    @Test
    @Execution(ExecutionMode.SAME_THREAD) // one child at a time is enough beside the others
    @Timeout(900)
    void shouldNotLoadAgainWhatKilledTheServerAndServeTheRest() throws Exception {
        register("good", "echo");
        register("kills-when-loaded", "load");
        register("kills-when-run", "run");

        assertThat(runUntilItEnds()).as(output()).isEqualTo(DeadlyFormat.KILLED);
        assertThat(runUntilItEnds()).as(output()).isEqualTo(DeadlyFormat.KILLED);

        Process process = ChildServer.start(directory, ONE_AT_A_TIME);
        try {
            await().atMost(PATIENCE).until(() -> Files.exists(ChildServer.ready(directory)) || !process.isAlive());
            assertThat(process.isAlive()).as(output()).isTrue();
            List<String> addresses = Files.readAllLines(ChildServer.ready(directory));
            String server = addresses.get(0).replaceFirst("/$", "");
            String management = addresses.get(1).replaceFirst("/$", "");

            assertThat(get(server + "/v2/models/good/ready")).contains("true");
            assertThat(get(server + "/v2/health/ready")).contains("true");
            String registry = get(server + "/api/v1/registry");
            assertThat(registry).containsOnlyOnce("READY");
            assertThat(registry.split("quarantined: the server died while this version was loaded", -1))
                    .hasSize(3);
            assertThat(get(management + (management.endsWith("/q") ? "/metrics" : "/q/metrics")))
                    .contains("weir_models_quarantined 2.0");

            process.outputWriter().close();
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(output()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    @Execution(ExecutionMode.SAME_THREAD) // one child at a time is enough beside the others
    @Timeout(600)
    void shouldNotBlameAVersionThatWasLoadingWhenTheServerWasStopped() throws Exception {
        register("slow", "hang");
        Process process = ChildServer.start(directory);
        try {
            await().atMost(PATIENCE).until(() -> !marks().isEmpty() || !process.isAlive());
            assertThat(process.isAlive()).as(output()).isTrue();

            process.toHandle().destroy();

            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(SIGTERM_EXIT);
            assertThat(marks()).isEmpty();
        } finally {
            process.destroyForcibly();
        }
    }
}
