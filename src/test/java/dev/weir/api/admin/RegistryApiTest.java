package dev.weir.api.admin;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import dev.weir.fixture.Examples;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** One server over a registry of its own, whose deployment follows an alias. Every test leaves the alias at version 1. */
@QuarkusTest
@TestProfile(RegistryApiTest.OwnRegistry.class)
@TestMethodOrder(MethodOrderer.MethodName.class)
public class RegistryApiTest {

    /** A copy of an example with two versions, and a deployment of {@code @champion}, which is version 1. */
    public static final class OwnRegistry implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            try {
                Path place = Files.createTempDirectory("weir-registry");
                place.toFile().deleteOnExit();
                copy(Examples.REGISTRY.resolve("breast-cancer"), place.resolve("registry/breast-cancer"));
                Files.writeString(
                        place.resolve("registry/breast-cancer/aliases.json"),
                        "{\"schema_version\": \"1.0\", \"aliases\": {\"champion\": \"1\"}}");
                Path deployments = Files.createDirectory(place.resolve("deployments"));
                Files.writeString(deployments.resolve("tumours.yaml"), """
                        apiVersion: weir.dev/v1
                        kind: ModelDeployment
                        metadata: {name: tumours}
                        spec: {model: breast-cancer, version: "@champion"}
                        """);
                return Map.of(
                        "weir.registry.directory",
                        place.resolve("registry").toString(),
                        "weir.registry.poll",
                        "0s",
                        "weir.deployments.directory",
                        deployments.toString());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static void copy(Path from, Path to) throws IOException {
            List<Path> all;
            try (Stream<Path> walk = Files.walk(from)) {
                all = walk.toList();
            }
            for (Path each : all) {
                Path target = to.resolve(from.relativize(each).toString());
                if (Files.isDirectory(each)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(each, target);
                }
            }
        }
    }

    private static final String ALIAS = "/api/v1/models/breast-cancer/aliases/champion";

    private static ValidatableResponse set(String version) {
        return given().contentType(ContentType.JSON)
                .body(Map.of("version", version, "reason", "better recall"))
                .put(ALIAS)
                .then();
    }

    @Test
    void shouldListTheRegistry() {
        given().get("/api/v1/registry")
                .then()
                .statusCode(200)
                .body("readable", equalTo(true))
                .body("models.model", contains("breast-cancer"))
                .body("models[0].versions.version", contains("1", "2", "3"))
                .body("models[0].versions[2].state", equalTo("IDLE"))
                .body("models[0].aliases.champion", equalTo("1"));
    }

    @Test
    void shouldServeTheOtherVersionAsSoonAsTheAliasMoved() {
        try {
            set("2").statusCode(200)
                    .body("version", equalTo("2"))
                    .body("deployments[0].name", equalTo("tumours"))
                    .body("deployments[0].serves", equalTo("2"))
                    .body("deployments[0].previous", equalTo("1"))
                    .body("deployments[0].problem", nullValue());
        } finally {
            set("1").statusCode(200).body("deployments[0].serves", equalTo("1"));
        }
    }

    @Test
    void shouldMoveAnAliasBack() {
        set("2").statusCode(200);

        given().contentType(ContentType.JSON)
                .body(Map.of("reason", "worse precision"))
                .post(ALIAS + "/revert")
                .then()
                .statusCode(200)
                .body("version", equalTo("1"))
                .body("deployments[0].serves", equalTo("1"));
    }

    @Test
    void shouldTellWhoMovedAnAliasAndWhy() {
        set("2").statusCode(200);
        set("1").statusCode(200);

        given().get(ALIAS + "/history")
                .then()
                .statusCode(200)
                .body("[0].from", equalTo("2"))
                .body("[0].to", equalTo("1"))
                .body("[0].reason", equalTo("better recall"))
                .body("[0].actor", notNullValue())
                .body("[0].at", notNullValue());
    }

    @Test
    void shouldRefuseAnAliasToAVersionThatIsNotThere() {
        set("9").statusCode(404).body("code", equalTo("UNKNOWN_VERSION"));
    }

    @Test
    void shouldAskForAReason() {
        given().contentType(ContentType.JSON)
                .body(Map.of("version", "2"))
                .put(ALIAS)
                .then()
                .statusCode(400)
                .body("code", equalTo("MISSING_FIELD"))
                .body("field", equalTo("reason"));
    }

    @Test
    void shouldRefuseABodyThatIsNoJson() {
        given().contentType(ContentType.JSON)
                .body("{\"version\":")
                .put(ALIAS)
                .then()
                .statusCode(400);
    }

    @Test
    void shouldRefuseNamesThatAreNone() {
        given().contentType(ContentType.JSON)
                .body(Map.of("version", "../1", "reason", "x"))
                .put(ALIAS)
                .then()
                .statusCode(400)
                .body("code", equalTo("INVALID_ID"));
    }

    @Test
    void shouldReadTheRegistryWhenAsked() throws IOException {
        given().post("/api/v1/registry/refresh")
                .then()
                .statusCode(200)
                .body("readable", equalTo(true))
                .body("models.model", hasItem("breast-cancer"));
    }
}
