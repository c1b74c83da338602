package dev.weir.registry;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import dev.weir.fixture.Examples;
import dev.weir.fixture.FixedS3Config;
import dev.weir.fixture.S3Door;
import dev.weir.fixture.S3Server;
import dev.weir.inference.VersionRef;
import dev.weir.servable.FileInspection;
import dev.weir.servable.ModelDescriber;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;

/** A server that starts while its S3 store is down: what it knew before serves, and every surface says so. */
@QuarkusTest
@TestProfile(S3DownAtStartTest.KnownStore.class)
public class S3DownAtStartTest {

    private static final String STORE = "test.s3.address";
    private static final String ENDPOINT = "weir.registry.s3.endpoint";

    /** A store that was read once, by a process that is gone, and is down since. */
    public static final class KnownStore implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            try {
                S3Server server = S3Server.shared();
                String bucket = server.bucket();
                for (String file : new String[] {"manifest.json", "model.onnx"}) {
                    server.put(
                            bucket,
                            "registry/iris/1/" + file,
                            Examples.REGISTRY.resolve("iris/1").resolve(file));
                }
                Path place = Files.createTempDirectory("weir-s3");
                Path deployments = Files.createDirectory(place.resolve("deployments"));
                Files.writeString(deployments.resolve("flowers.yaml"), """
                        apiVersion: weir.dev/v1
                        kind: ModelDeployment
                        metadata: {name: flowers}
                        spec: {model: iris, version: "@champion", policy: ["metrics.accuracy >= @champion"]}
                        """);
                return Map.of(
                        STORE,
                        server.address().toString(),
                        ENDPOINT,
                        readOnce(server, bucket, place.resolve("cache")).toString(),
                        "weir.registry.source",
                        "s3",
                        "weir.registry.s3.bucket",
                        bucket,
                        "weir.registry.s3.prefix",
                        "registry",
                        "weir.registry.s3.path-style",
                        "true",
                        "weir.registry.poll",
                        "0s",
                        "weir.registry.cache.directory",
                        place.resolve("cache").toString(),
                        "weir.state.directory",
                        place.resolve("state").toString(),
                        "weir.deployments.directory",
                        deployments.toString());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static URI readOnce(S3Server server, String bucket, Path directory) {
            try (S3Door door = new S3Door(server.address());
                    ArtifactCache cache = ArtifactCache.open(directory, 1 << 20, Instant::now)) {
                ModelSource source = new CachedModelSource(
                        new S3ModelSource(
                                new FixedS3Config(bucket, door.address()),
                                cache,
                                new ModelDescriber(),
                                new FileInspection(1_000, 1 << 30, 1 << 30),
                                Instant::now),
                        cache,
                        new SimpleMeterRegistry(),
                        Instant::now);
                source.moveAlias("iris", new AliasMove("champion", null, "1", "ada", Instant.EPOCH, "first"));
                source.list();
                source.fetch(new VersionRef("iris", "1"));
                source.aliasHistory("iris"); // as whoever compares champions does
                return door.address();
            }
        }
    }

    @TestHTTPResource(value = "/health/ready", management = true)
    URI readiness;

    @TestHTTPResource(value = "/metrics", management = true)
    URI metrics;

    private static S3Door open() {
        return new S3Door(
                ConfigProvider.getConfig().getValue(STORE, URI.class),
                ConfigProvider.getConfig().getValue(ENDPOINT, URI.class).getPort());
    }

    private static ValidatableResponse refresh() {
        return given().post("/api/v1/registry/refresh").then().statusCode(200);
    }

    @Test
    void shouldServeTheVersionBehindTheAlias() throws IOException {
        given().contentType(ContentType.JSON)
                .body(Files.readString(Path.of("examples/requests/iris.v2.json")))
                .post("/v2/models/flowers/infer")
                .then()
                .statusCode(200)
                .body("model_name", equalTo("flowers"));
    }

    @Test
    void shouldSayInTheRegistrysAnswerSinceWhen() {
        given().get("/api/v1/registry")
                .then()
                .body("readable", equalTo(false))
                .body("problem", equalTo("the registry's bucket can't be used: the store does not answer"))
                .body("cachedAt", notNullValue())
                .body("models[0].aliases.champion", equalTo("1"));
    }

    @Test
    void shouldSayInTheRepositoryIndexSinceWhen() {
        given().contentType(ContentType.JSON)
                .post("/v2/repository/index")
                .then()
                .statusCode(200)
                .header("Weir-Registry-Cached-At", startsWith("20"))
                .body("[0].digest", startsWith("sha256:"));
    }

    @Test
    void shouldSayBesideTheDeploymentsSinceWhen() {
        given().get("/api/v1/deployments").then().body("ready", equalTo(true)).body("registryCachedAt", notNullValue());
    }

    @Test
    void shouldBeReadyAndSayWhatItServesFrom() {
        given().get(readiness)
                .then()
                .statusCode(200)
                .body(
                        "checks.find { it.name == 'serving' }.data.registry",
                        startsWith("can't be read; serving what was kept of it at 20"));
    }

    @Test
    void shouldExportHowOldItIs() {
        assertThat(given().get(metrics).asString())
                .containsPattern("weir_registry_age_seconds [0-9.]+")
                .containsPattern("weir_registry_cache_bytes [1-9]");
    }

    @Test
    void shouldTakeNoMoveOfAnAlias() {
        given().contentType(ContentType.JSON)
                .body(Map.of("version", "1", "reason", "again"))
                .put("/api/v1/models/iris/aliases/challenger")
                .then()
                .statusCode(503)
                .body("code", equalTo("REGISTRY_UNAVAILABLE"));
    }

    @Test
    void shouldFollowTheStoreOnceItIsBack() {
        try (S3Door door = open()) {
            refresh().body("readable", equalTo(true)).body("cachedAt", nullValue());
            assertThat(door.requests()).isPositive();
        } finally {
            refresh().body("readable", equalTo(false)).body("cachedAt", notNullValue());
        }
    }
}
