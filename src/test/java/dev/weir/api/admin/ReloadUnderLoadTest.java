package dev.weir.api.admin;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import dev.weir.deployment.Deployment;
import dev.weir.deployment.MountedFiles;
import dev.weir.deployment.ServingSnapshot;
import dev.weir.deployment.ServingState;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Callers of 300 deployments, while all of them are changed again and again in a mounted ConfigMap. */
@QuarkusTest
@TestProfile(ReloadUnderLoadTest.Mounted.class)
@Timeout(300)
class ReloadUnderLoadTest {

    private static final int DEPLOYMENTS = 300;
    private static final int RELOADS = 10;
    private static final int CALLERS = 4;

    private static final MountedFiles CONFIG_MAP = new MountedFiles(Mounted.DIRECTORY);

    /** A server whose deployment files are mounted. */
    public static final class Mounted implements QuarkusTestProfile {

        private static final Path DIRECTORY = makeDirectory();

        private static Path makeDirectory() {
            try {
                return Files.createTempDirectory(Files.createDirectories(Path.of("target")), "mounted-deployments");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public Map<String, String> getConfigOverrides() {
            CONFIG_MAP.publish(files(0));
            return Map.of("weir.deployments.directory", DIRECTORY.toString());
        }
    }

    @Inject
    ServingState state;

    @TestHTTPResource("/")
    URI server;

    @TestHTTPResource(value = "/health/ready", management = true)
    URI readiness;

    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final Set<String> answeredBy = new ConcurrentSkipListSet<>();
    private final AtomicInteger answers = new AtomicInteger();
    private final AtomicBoolean over = new AtomicBoolean();

    /** Returns files in which every deployment says the same; the version and the timeout change with each generation. */
    private static Map<String, String> files(int generation) {
        Map<String, String> files = new TreeMap<>();
        for (int i = 0; i < DEPLOYMENTS; i++) {
            files.put("d" + i + ".yaml", """
                    apiVersion: weir.dev/v1
                    kind: ModelDeployment
                    metadata:
                      name: d%d
                    spec:
                      model: breast-cancer
                      version: "%s"
                      standby: ["%s"]
                      timeout: %dms
                    """.formatted(
                            i,
                            version(generation),
                            version(generation + 1),
                            timeout(generation).toMillis()));
        }
        return files;
    }

    private static String version(int generation) {
        return generation % 2 == 0 ? "1" : "2";
    }

    private static Duration timeout(int generation) {
        return Duration.ofMillis(30_000L + generation);
    }

    @Test
    void shouldAnswerEveryCallAndShowNoMixtureWhileAllDeploymentsChange() throws Exception {
        String body = Files.readString(Path.of("examples/requests/breast-cancer.v1.json"));
        publish(0);
        try (ExecutorService threads = Executors.newFixedThreadPool(CALLERS + 2)) {
            for (int i = 0; i < CALLERS; i++) {
                int first = i;
                threads.execute(() -> call(body, first));
            }
            threads.execute(this::look);
            threads.execute(this::ask);
            for (int generation = 1; generation <= RELOADS; generation++) {
                int before = answers.get();
                publish(generation);
                await().until(() -> answers.get() > before || !failures.isEmpty());
            }
            over.set(true);
            threads.shutdown();
            assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        }

        assertThat(failures).isEmpty();
        assertThat(answeredBy).containsExactlyInAnyOrder("1", "2");
    }

    private void publish(int generation) {
        CONFIG_MAP.publish(files(generation));
        await().atMost(Duration.ofSeconds(30))
                .until(() -> timeouts(state.current()), Set.of(timeout(generation))::equals);
    }

    private static Set<Duration> timeouts(ServingSnapshot snapshot) {
        return snapshot.deployments().values().stream()
                .map(deployment -> deployment.spec().timeout())
                .collect(Collectors.toSet());
    }

    private static Set<String> versions(ServingSnapshot snapshot) {
        return snapshot.deployments().values().stream()
                .map(Deployment::serving)
                .map(ref -> ref == null ? "none" : ref.version())
                .collect(Collectors.toSet());
    }

    /** Looks at every snapshot it can get hold of: old here and new there would show. */
    private void look() {
        ServingSnapshot last = null;
        while (!over.get()) {
            ServingSnapshot snapshot = state.current();
            if (!snapshot.equals(last)) {
                last = snapshot;
                Set<Duration> timeouts = timeouts(snapshot);
                Set<String> versions = versions(snapshot);
                if (timeouts.size() != 1
                        || versions.size() != 1
                        || snapshot.deployments().size() != DEPLOYMENTS) {
                    failures.add("mixed: " + timeouts + " " + versions);
                }
            }
            Thread.onSpinWait();
        }
    }

    /** The same from outside. */
    private void ask() {
        while (!over.get()) {
            var answer = given().get("/api/v1/deployments")
                    .then()
                    .statusCode(200)
                    .extract()
                    .jsonPath();
            Set<Object> timeouts = Set.copyOf(answer.getList("deployments.timeoutMillis"));
            Set<Object> versions = Set.copyOf(answer.getList("deployments.collect { it.variants[0].version }"));
            if (timeouts.size() != 1 || versions.size() != 1 || !answer.getBoolean("ready")) {
                failures.add("mixed answer: " + timeouts + " " + versions);
            }
        }
    }

    private void call(String body, int first) {
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            for (int i = first; !over.get(); i = (i + CALLERS) % DEPLOYMENTS) {
                HttpResponse<String> answer = client.send(
                        HttpRequest.newBuilder(server.resolve("/v1/models/d" + i + ":predict"))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() == 200) {
                    answers.incrementAndGet();
                    answeredBy.add(
                            answer.headers().firstValue("Weir-Model-Version").orElse("none"));
                } else {
                    failures.add(answer.statusCode() + " " + answer.body());
                }
            }
        } catch (IOException e) {
            failures.add(e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void shouldShowEverywhereThatFilesWereRefusedAndServeOn() {
        publish(RELOADS + 1);
        String applied = Objects.requireNonNull(state.current().digest());
        Map<String, String> bad = files(RELOADS + 2);
        bad.put("d0.yaml", "kind: ModelDeployment");
        bad.put("d1.yaml", "");

        CONFIG_MAP.publish(bad);
        await().until(() -> state.files().current() != null);

        given().get("/api/v1/deployments")
                .then()
                .statusCode(200)
                .body("configDigest", equalTo(applied))
                .body("configRefusal.digest", startsWith("sha256:"))
                .body("configRefusal.until", nullValue())
                .body("configRefusal.problems[0]", startsWith("d0.yaml: "))
                .body("configRefusal.problems[-1]", equalTo("d1.yaml: the file is empty"));
        given().get(readiness)
                .then()
                .statusCode(200)
                .body("checks.find { it.name == 'serving' }.status", equalTo("UP"))
                .body("checks.find { it.name == 'serving' }.data.refusedFiles", startsWith("since "));
    }
}
