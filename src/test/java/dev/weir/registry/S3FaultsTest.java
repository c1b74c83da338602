package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.fixture.FixedS3Config;
import dev.weir.inference.VersionRef;
import dev.weir.servable.FileInspection;
import dev.weir.servable.ModelDescriber;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Stores that answer what no store should: lists without an end, and answers that drip. */
@Timeout(60)
class S3FaultsTest {

    private static final VersionRef IRIS = new VersionRef("iris", "1");

    /** What a store does with a request. */
    private interface Behaviour {
        void answer(HttpExchange exchange, int request) throws IOException, InterruptedException;
    }

    @TempDir
    private Path directory;

    /** The client wants some, and its chain of credentials looks here first. */
    static {
        System.setProperty("aws.accessKeyId", "test");
        System.setProperty("aws.secretAccessKey", "test-secret");
    }

    private final CountDownLatch over = new CountDownLatch(1);
    private final AtomicInteger requests = new AtomicInteger();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private HttpServer server;
    private ArtifactCache cache;
    private volatile Behaviour behaviour = (exchange, request) -> {};

    @BeforeEach
    void open() throws IOException {
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            try (exchange) {
                behaviour.answer(exchange, requests.incrementAndGet());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        server.start();
        cache = ArtifactCache.open(directory.resolve("cache"), 1 << 26, Instant::now);
    }

    @AfterEach
    void close() {
        over.countDown();
        server.stop(0);
        threads.shutdownNow();
        cache.close();
    }

    private S3ModelSource source(Duration timeout) {
        return new S3ModelSource(
                new FixedS3Config(
                        Optional.of("models"),
                        Optional.of("registry"),
                        Optional.of(URI.create(
                                "http://127.0.0.1:" + server.getAddress().getPort())),
                        2,
                        Duration.ofSeconds(30),
                        timeout),
                cache,
                new ModelDescriber(),
                new FileInspection(100, 1 << 26, 1 << 26),
                Instant::now);
    }

    private static String page(String rest) {
        return "<ListBucketResult><Contents><Key>registry/iris/1/manifest.json</Key><Size>1</Size><ETag>a</ETag>"
                + "<LastModified>2026-01-02T03:04:05.000Z</LastModified></Contents>" + rest + "</ListBucketResult>";
    }

    private static void send(HttpExchange exchange, String body) throws IOException {
        exchange.getRequestBody().readAllBytes();
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/xml");
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    /** Sends a byte every 20 ms, as many as it says and for as long as the test takes. */
    private void drip(HttpExchange exchange, String begin, long bytes) throws IOException, InterruptedException {
        exchange.getRequestBody().readAllBytes();
        exchange.sendResponseHeaders(200, bytes);
        OutputStream out = exchange.getResponseBody();
        out.write(begin.getBytes(StandardCharsets.UTF_8));
        for (long sent = begin.length(); sent < bytes; sent++) {
            out.write(' ');
            out.flush();
            if (over.await(20, TimeUnit.MILLISECONDS)) {
                return;
            }
        }
    }

    private void assertFailsToList(Duration timeout, String why) {
        S3ModelSource source = source(timeout);
        assertThatThrownBy(source::list)
                .isInstanceOf(RegistryUnavailable.class)
                .hasMessage("the registry's bucket can't be used: " + why);
    }

    @Test
    void shouldNotBelieveAPageThatIsNotTheLastAndHasNoNext() {
        behaviour = (exchange, request) -> send(exchange, page("<IsTruncated>true</IsTruncated>"));

        assertFailsToList(Duration.ofMinutes(5), "the store does not say where its list goes on");
    }

    @Test
    void shouldNotReadTheSamePagesForEver() {
        behaviour = (exchange, request) -> send(
                exchange,
                page("<IsTruncated>true</IsTruncated><NextContinuationToken>" + "ab".charAt(request % 2)
                        + "</NextContinuationToken>"));

        assertFailsToList(Duration.ofMinutes(5), "the store does not say where its list goes on");
        assertThat(requests).hasValue(3);
    }

    @Test
    void shouldNotReadNewPagesForEver() {
        behaviour = (exchange, request) -> {
            over.await(20, TimeUnit.MILLISECONDS);
            send(
                    exchange,
                    page("<IsTruncated>true</IsTruncated><NextContinuationToken>" + request
                            + "</NextContinuationToken>"));
        };

        assertFailsToList(Duration.ofMillis(1_500), "the store takes longer than 1500 ms (weir.registry.s3.timeout)");
    }

    @Test
    void shouldNotBelieveKeysThatItDidNotAskFor() {
        behaviour = (exchange, request) -> send(exchange, page("").replace("registry/", "other/"));

        assertFailsToList(Duration.ofMinutes(5), "the store lists what it was not asked for");
    }

    @Test
    void shouldNotWaitForAListThatDrips() {
        behaviour = (exchange, request) -> drip(exchange, "<ListBucketResult>", 1 << 20);

        assertFailsToList(Duration.ofMillis(1_500), "the store takes longer than 1500 ms (weir.registry.s3.timeout)");
    }

    @Test
    void shouldNotWaitForManyDocumentsThatAreSlowTogether() {
        StringBuilder documents = new StringBuilder();
        for (int i = 0; i < 100; i++) {
            documents.append("<Contents><Key>registry/m%d/aliases.json</Key><Size>1</Size><ETag>a</ETag></Contents>"
                    .formatted(i));
        }
        behaviour = (exchange, request) -> {
            if (request > 1) {
                over.await(200, TimeUnit.MILLISECONDS);
            }
            send(exchange, request > 1 ? "{" : page(documents.toString()));
        };

        assertFailsToList(Duration.ofMillis(1_500), "the store takes longer than 1500 ms (weir.registry.s3.timeout)");
    }

    @Test
    void shouldNotWaitForADocumentThatDrips() {
        behaviour = (exchange, request) -> drip(exchange, "{", 1 << 20);
        S3ModelSource source = source(Duration.ofMillis(500));

        assertThatThrownBy(() -> source.describe(IRIS))
                .isInstanceOf(RegistryUnavailable.class)
                .hasMessage("the registry broke off while it was read");
    }

    @Test
    void shouldNotWaitForAFileThatDrips() {
        byte[] manifest = new String(ModelSourceContract.manifest(IRIS), StandardCharsets.UTF_8)
                .replace("\"bytes\": 3", "\"bytes\": 4000000")
                .getBytes(StandardCharsets.UTF_8);
        behaviour = (exchange, request) -> {
            if (exchange.getRequestURI().getPath().endsWith("manifest.json")) {
                send(exchange, new String(manifest, StandardCharsets.UTF_8));
            } else {
                drip(exchange, "", 4_000_000);
            }
        };
        S3ModelSource source = source(Duration.ofMillis(500));

        assertThatThrownBy(() -> source.fetch(IRIS))
                .isInstanceOf(RegistryUnavailable.class)
                .hasMessage("the registry broke off while file 'model.onnx' was read");
        assertThat(directory.resolve("cache/work")).isEmptyDirectory();
    }

    @Test
    void shouldNotWaitForAStoreThatTakesNoMore() throws IOException {
        Path large = Files.write(directory.resolve("large"), new byte[8 << 20]);
        behaviour = (exchange, request) -> {
            if (exchange.getRequestMethod().equals("PUT")) {
                over.await(); // without reading it
            } else {
                exchange.sendResponseHeaders(404, -1);
            }
        };
        S3ModelSource source = source(Duration.ofMillis(100));
        Publication publication = new Publication(
                new VersionRef("iris", "first"),
                ModelSourceContract.manifest(IRIS),
                new TreeMap<>(Map.of("model.onnx", large)));

        assertThatThrownBy(() -> source.publish(publication)).isInstanceOf(RegistryUnavailable.class);
    }
}
