package dev.weir.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the OpenAPI document says of each operation is what the server does, and it leaves out nothing. */
@QuarkusTest
@TestProfile(DocumentedServer.class)
class OpenApiConformanceTest {

    private static final Path ROUTES = Path.of("src/main/java/dev/weir/api");
    private static final Pattern WORD = Pattern.compile("\"/?(:?[a-z]+)[/*]*\"");

    /** Answers that no single request provokes for certain: to a slow body and a broken model. */
    private static final Set<Integer> HARD_TO_PROVOKE = Set.of(408, 500);

    /** Bodies of rows can't say how long their caller waits, and a header can't say less than a millisecond. */
    private static final Set<String> NEVER_LATE = Set.of(
            "POST /v1/models/{model}:predict 504",
            "POST /v1/models/{model}/versions/{version}:predict 504",
            "POST /invocations 504");

    /** None of these can be unready while the others are answered. */
    private static final Set<String> NEVER_UNREADY =
            Set.of("GET /v2/health/ready 503", "GET /ping 503", "POST /invocations 503");

    /** The server makes the id, so no request that is written down beforehand has one. */
    private static final Set<String> NOT_FORESEEN = Set.of("DELETE /api/v1/holds/{id} 200");

    @TestHTTPResource("/")
    URI server;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private OpenApiContract contract;

    @BeforeEach
    void readDocument() throws IOException, InterruptedException {
        contract = new OpenApiContract(send(HttpRequest.newBuilder(server.resolve("/q/openapi?format=json")))
                .body());
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    @Test
    void shouldAnswerEveryOperationAsDocumented() throws IOException, InterruptedException {
        SoftAssertions all = new SoftAssertions();
        for (OpenApiExchange exchange : OpenApiExchange.all()) {
            HttpResponse<byte[]> response = client.send(exchange.request(server), BodyHandlers.ofByteArray());
            String description = exchange + " → " + new String(response.body(), StandardCharsets.UTF_8);
            all.assertThat(response.statusCode()).as(description).isEqualTo(exchange.status());
            all.assertThat(contract.violations(exchange.operation(), response))
                    .as(description)
                    .isEmpty();
            byte[] body = exchange.body();
            boolean form =
                    exchange.contentType().startsWith("multipart/"); // no JSON, which is all a contract can check
            if (body != null && body.length > 0 && response.statusCode() == 200 && !form) {
                all.assertThat(contract.violations(exchange.operation(), exchange.contentType(), body))
                        .as("request of " + exchange)
                        .isEmpty();
            }
        }
        all.assertAll();
    }

    @Test
    void shouldHaveEveryOperationAndEveryRefusalExercised() {
        SortedSet<String> documented = new TreeSet<>();
        for (String operation : contract.operations()) {
            contract.statuses(operation).stream()
                    .filter(status -> !HARD_TO_PROVOKE.contains(status))
                    .forEach(status -> documented.add(operation + " " + status));
        }
        documented.removeAll(NEVER_UNREADY);
        documented.removeAll(NEVER_LATE);
        documented.removeAll(NOT_FORESEEN);
        SortedSet<String> exercised = new TreeSet<>();
        for (OpenApiExchange exchange : OpenApiExchange.all()) {
            exercised.add(exchange.operation() + " " + exchange.status());
        }
        assertThat(exercised).isEqualTo(documented);
    }

    /** Walks from every documented path a word further, near the root two, with every word that a route compares with. */
    @Test
    void shouldDocumentEveryRoute() throws IOException, InterruptedException {
        Set<String> words = words();
        SortedSet<String> candidates = new TreeSet<>(List.of("/"));
        for (String base : bases()) {
            for (String first : words) {
                candidates.add(join(base, first));
                if (base.lastIndexOf('/') <= 0) {
                    words.forEach(second -> candidates.add(join(join(base, first), second)));
                }
            }
        }
        candidates.removeIf(path -> !path.startsWith("/"));
        SortedSet<String> undocumented = new TreeSet<>();
        for (String path : candidates) {
            if (!contract.hasPath(path) && isRoute(path)) {
                undocumented.add(path);
            }
        }
        assertThat(undocumented).isEmpty();
    }

    private boolean isRoute(String path) throws IOException, InterruptedException {
        HttpResponse<String> response = send(HttpRequest.newBuilder(server.resolve(path)));
        return response.statusCode() != 404
                || !new ObjectMapper()
                        .readTree(response.body())
                        .path("code")
                        .asText()
                        .equals("NOT_FOUND");
    }

    /** Returns the documented paths, filled in, and all that leads to them. */
    private SortedSet<String> bases() {
        SortedSet<String> bases = new TreeSet<>();
        for (String template : contract.paths()) {
            String path = OpenApiExchange.fill(template);
            while (path.length() > 1) {
                bases.add(path);
                path = path.substring(0, path.lastIndexOf('/'));
            }
        }
        bases.add("");
        return bases;
    }

    private static String join(String base, String word) {
        return word.startsWith(":") ? base + word : base + "/" + word;
    }

    private static Set<String> words() throws IOException {
        Set<String> words = new TreeSet<>(List.of("iris", "1"));
        try (Stream<Path> files = Files.walk(ROUTES)) {
            for (Path file : files.filter(path -> path.toString().endsWith("Routes.java"))
                    .toList()) {
                WORD.matcher(Files.readString(file)).results().forEach(match -> words.add(match.group(1)));
            }
        }
        assertThat(words).contains("infer");
        return words;
    }
}
