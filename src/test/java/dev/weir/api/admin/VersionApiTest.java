package dev.weir.api.admin;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import org.junit.jupiter.api.Test;

/** One server over a registry of its own. Every test has versions of its own, because a revocation is for good. */
@QuarkusTest
@TestProfile(VersionApiTest.Versions.class)
public class VersionApiTest {

    /**
     * Versions {@code 1} to {@code 9} of one model, all the same but for their lineage: {@code 1} and those that follow were
     * trained on {@code march}, {@code 5} on {@code april}, and {@code 6} does not say. The server wants that said.
     */
    public static final class Versions implements QuarkusTestProfile {

        private static final ObjectMapper JSON = new ObjectMapper();

        @Override
        public Map<String, String> getConfigOverrides() {
            try {
                Path place = Files.createTempDirectory("weir-versions");
                place.toFile().deleteOnExit();
                for (int version = 1; version <= 9; version++) {
                    put(place.resolve("registry/tumours/" + version), String.valueOf(version));
                }
                Files.writeString(
                        place.resolve("registry/tumours/aliases.json"),
                        "{\"schema_version\": \"1.0\", \"aliases\": {\"champion\": \"1\", \"old\": \"4\"}}");
                Path deployments = Files.createDirectory(place.resolve("deployments"));
                deploy(deployments, "tumours", "version: \"@champion\", policy: [\"metrics.accuracy >= 0.1\"]");
                deploy(deployments, "revoked", "version: \"2\", standby: [\"3\"]");
                deploy(deployments, "commanded", "version: \"7\", standby: [\"3\"]");
                return Map.of(
                        "weir.registry.directory",
                        place.resolve("registry").toString(),
                        "weir.registry.poll",
                        "0s",
                        "weir.registry.policy",
                        "lineage.training_data",
                        "weir.deployments.directory",
                        deployments.toString());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static void deploy(Path directory, String name, String spec) throws IOException {
            Files.writeString(
                    directory.resolve(name + ".yaml"),
                    "apiVersion: weir.dev/v1\nkind: ModelDeployment\nmetadata: {name: %s}\nspec: {model: tumours, %s}\n"
                            .formatted(name, spec));
        }

        private static void put(Path place, String version) throws IOException {
            Path original = Examples.REGISTRY.resolve("breast-cancer/1");
            Files.createDirectories(place);
            try (Stream<Path> files = Files.list(original)) {
                for (Path file : files.toList()) {
                    Files.copy(file, place.resolve(file.getFileName().toString()));
                }
            }
            Path file = place.resolve("manifest.json");
            ObjectNode manifest = (ObjectNode) JSON.readTree(file.toFile());
            manifest.put("model", "tumours").put("version", version);
            ObjectNode lineage = (ObjectNode) manifest.path("lineage");
            switch (version) {
                case "5" -> lineage.withObject("training_data").put("reference", "april");
                case "6" -> manifest.remove("lineage");
                default -> lineage.withObject("training_data").put("reference", "march");
            }
            if (version.equals("5")) {
                lineage.withObject("metrics").put("accuracy", 0.5);
            }
            Files.write(file, JSON.writeValueAsBytes(manifest));
        }
    }

    private static ValidatableResponse revoke(String version, String reason) {
        return given().contentType(ContentType.JSON)
                .body(Map.of("reason", reason))
                .post("/api/v1/models/tumours/versions/" + version + "/revoke")
                .then();
    }

    private static ValidatableResponse delete(String version) {
        return given().queryParam("reason", "tidy up")
                .delete("/api/v1/models/tumours/versions/" + version)
                .then();
    }

    @Test
    void shouldFindVersionsByTheirTrainingDataAndSayWhereTheyServe() {
        given().queryParam("training_data", "march")
                .get("/api/v1/registry/versions")
                .then()
                .statusCode(200)
                .body("versions.version", hasItem("1"))
                .body("versions.version.findAll { it == '5' || it == '6' }", empty())
                .body("versions.find { it.version == '1' }.serves.deployment", hasItem("tumours"))
                .body("versions.find { it.version == '1' }.serves.role", hasItem("primary"))
                .body("versions.find { it.version == '1' }.aliases", contains("champion"))
                .body("versions.find { it.version == '1' }.lineage.'training_data.reference'", equalTo("march"))
                .body("unread", empty());
    }

    @Test
    void shouldPageThroughWhatItFinds() {
        String next = given().queryParam("limit", 1)
                .get("/api/v1/registry/versions")
                .then()
                .statusCode(200)
                .body("versions", hasSize(1))
                .body("next", equalTo("tumours/1"))
                .extract()
                .path("next");

        given().queryParam("limit", 1)
                .queryParam("after", next)
                .get("/api/v1/registry/versions")
                .then()
                .body("versions.version", contains("2"));
    }

    @Test
    void shouldRefuseALimitThatIsNone() {
        given().queryParam("limit", 1001)
                .get("/api/v1/registry/versions")
                .then()
                .statusCode(400)
                .body("code", equalTo("LIMIT_EXCEEDED"))
                .body("limit", equalTo(1000));
    }

    @Test
    void shouldRefuseACursorThatIsNone() {
        given().queryParam("after", "tumours")
                .get("/api/v1/registry/versions")
                .then()
                .statusCode(400)
                .body("field", equalTo("after"));
    }

    @Test
    void shouldTellHowVersionsDiffer() {
        given().queryParam("from", "@champion")
                .queryParam("to", "5")
                .get("/api/v1/models/tumours/diff")
                .then()
                .statusCode(200)
                .body("from", equalTo("1"))
                .body("to", equalTo("5"))
                .body("changes.field", contains("lineage.metrics.accuracy", "lineage.training_data.reference"))
                .body("changes[0].to", equalTo(0.5f))
                .body("changes[0].difference", notNullValue())
                .body("changes[1].from", equalTo("march"))
                .body("changes[1].to", equalTo("april"))
                .body("changes[1].difference", nullValue());
    }

    @Test
    void shouldNotCompareWithWhatIsNotThere() {
        given().queryParam("from", "1")
                .queryParam("to", "99")
                .get("/api/v1/models/tumours/diff")
                .then()
                .statusCode(404)
                .body("code", equalTo("UNKNOWN_VERSION"))
                .body("field", equalTo("to"));
    }

    @Test
    void shouldSayWhichDemandsAVersionDoesNotMeet() {
        String version = "models.find { it.model == 'tumours' }.versions.find { it.version == '%s' }.";
        given().get("/api/v1/registry")
                .then()
                .statusCode(200)
                .body(version.formatted("1") + "unmet", empty())
                .body(
                        version.formatted("6") + "unmet.reason",
                        contains("lineage.training_data is missing", "metrics.accuracy is missing"))
                .body(version.formatted("6") + "unmet.deployment", contains(nullValue(), equalTo("tumours")))
                .body(version.formatted("6") + "unmet[1].demand", equalTo("metrics.accuracy >= 0.1"));
    }

    @Test
    void shouldRevokeAndServeAStandbyInstead() {
        revoke("2", "leaked labels")
                .statusCode(200)
                .body("revoked.reason", equalTo("leaked labels"))
                .body("revoked.actor", notNullValue())
                .body("deployments.find { it.name == 'revoked' }.serves", equalTo("3"))
                .body("deployments.find { it.name == 'revoked' }.problem", containsString("is revoked: leaked labels"));

        given().contentType(ContentType.JSON)
                .body(Map.of("version", "2", "reason", "try"))
                .put("/api/v1/models/tumours/aliases/second")
                .then()
                .statusCode(409)
                .body("detail", containsString("leaked labels"));
        given().get("/api/v1/registry")
                .then()
                .body(
                        "models.find { it.model == 'tumours' }.versions.find { it.version == '2' }.revoked.reason",
                        equalTo("leaked labels"));
        given().get("/v2/models/revoked/ready").then().statusCode(200);
        given().get("/v2/models/revoked/versions/2/ready").then().statusCode(404);
    }

    @Test
    void shouldWantAReasonToRevoke() {
        given().contentType(ContentType.JSON)
                .body("{}")
                .post("/api/v1/models/tumours/versions/1/revoke")
                .then()
                .statusCode(400)
                .body("field", equalTo("reason"));
    }

    @Test
    void shouldNotRevokeWhatIsNotThere() {
        revoke("99", "gone").statusCode(404).body("code", equalTo("UNKNOWN_VERSION"));
    }

    @Test
    void shouldNotDeleteWhatServes() {
        delete("1")
                .statusCode(409)
                .body("code", equalTo("CONFLICT"))
                .body("detail", containsString("it is the primary of deployment 'tumours'"));
    }

    @Test
    void shouldNotDeleteWhatAnAliasStandsFor() {
        delete("4").statusCode(409).body("detail", containsString("alias @old stands for it"));
    }

    @Test
    void shouldDeleteWhatNobodyNeeds() {
        delete("8").statusCode(200).body("version", equalTo("8"));

        delete("8").statusCode(404);
    }

    @Test
    void shouldWantAReasonToDelete() {
        List.of("/api/v1/models/tumours/versions/9", "/api/v1/models/tumours/versions/9?reason=")
                .forEach(path -> given().delete(path)
                        .then()
                        .statusCode(400)
                        .body("code", equalTo("MISSING_FIELD"))
                        .body("field", equalTo("reason")));
    }
}
