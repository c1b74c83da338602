package dev.weir.api.admin;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.fixture.Examples;
import dev.weir.fixture.Form;
import dev.weir.profile.ReferenceProfile;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.config.EncoderConfig;
import io.restassured.config.RestAssuredConfig;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real models handed over to one server with an empty registry; every test has a model of its own. */
@QuarkusTest
@TestProfile(RegistrationApiTest.EmptyRegistry.class)
class RegistrationApiTest {

    /** An empty registry, a deployment that waits for a model, and small limits. */
    public static final class EmptyRegistry implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            try {
                Path place = Files.createTempDirectory("weir-registration");
                Files.createDirectory(place.resolve("registry"));
                Path deployments = Files.createDirectory(place.resolve("deployments"));
                Files.writeString(deployments.resolve("awaited.yaml"), """
                        apiVersion: weir.dev/v1
                        kind: ModelDeployment
                        metadata: {name: awaited}
                        spec: {model: awaited, version: "@champion"}
                        """);
                Files.writeString(deployments.resolve("demanding.yaml"), """
                        apiVersion: weir.dev/v1
                        kind: ModelDeployment
                        metadata: {name: demanding}
                        spec: {model: demanded, version: "@champion", policy: ["lineage.git_commit", "metrics.auc >= 0.9"]}
                        """);
                return Map.of(
                        "weir.registry.directory",
                        place.resolve("registry").toString(),
                        "weir.registry.poll",
                        "0s",
                        "weir.deployments.directory",
                        deployments.toString(),
                        "weir.registration.directory",
                        place.resolve("spool").toString(),
                        "weir.registration.parallel",
                        "4",
                        "weir.registration.max-body",
                        "256K",
                        "weir.registration.max-document",
                        "32K",
                        "weir.registration.max-parts",
                        "12",
                        "weir.registration.max-training-rows",
                        "200");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static final Path EXAMPLE = Examples.REGISTRY.resolve("iris/1");
    private static final byte[] IRIS = read(EXAMPLE.resolve("model.onnx"));
    private static final String FEATURES = """
            {"signature": {"inputs": [{"name": "features",
              "features": ["sepal_length", "sepal_width", "petal_length", "petal_width"]}]}}
            """;

    @TestHTTPResource("/")
    URI server;

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path configured(String key) {
        return Path.of(ConfigProvider.getConfig().getValue(key, String.class));
    }

    private static Path version(String model, String version) {
        return configured("weir.registry.directory").resolve(model).resolve(version);
    }

    private static Form iris() {
        return new Form().file("model", "model.onnx", IRIS);
    }

    private static ValidatableResponse register(String model, byte[] form) {
        return register(model + "/versions", Form.TYPE, form);
    }

    private static ValidatableResponse register(String path, String type, byte[] form) {
        return given().config(RestAssuredConfig.config()
                        .encoderConfig(EncoderConfig.encoderConfig()
                                .appendDefaultContentCharsetToContentTypeIfUndefined(false)
                                .encodeContentTypeAs("multipart/form-data", ContentType.BINARY)))
                .contentType(type)
                .body(form)
                .post("/api/v1/models/" + path)
                .then();
    }

    private static List<String> names(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(directory)) {
            return all.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void shouldRegisterNothingButAFileAndReadItsSignature() throws IOException {
        register("plain", iris().bytes())
                .statusCode(201)
                .body("version", equalTo("1"))
                .body("result", equalTo("created"))
                .body("digest", containsString("sha256:"))
                .body("inputs[0].name", equalTo("features"))
                .body("inputs[0].datatype", equalTo("FP32"))
                .body("inputs[0].shape", contains(-1, 4))
                .body("outputs.name", contains("label", "probabilities"))
                .body("warnings", hasSize(3));

        assertThat(names(version("plain", "1"))).containsExactly("manifest.json", "model.onnx");
        assertThat(read(version("plain", "1").resolve("model.onnx"))).isEqualTo(IRIS);
    }

    @Test
    void shouldPassOverANumberWhosePlaceIsTakenBySomethingElse() throws IOException {
        Files.writeString(Files.createDirectories(version("stray", "1")).resolve("notes.txt"), "half a copy");

        register("stray", iris().bytes()).statusCode(201).body("version", equalTo("2"));
    }

    @ParameterizedTest
    @CsvSource({"'no name', better, alias", "champion, '', reason"})
    void shouldPublishNothingIfItsAliasCannotMove(String alias, String reason, String field) {
        register("aliasless", iris().word("alias", alias).word("reason", reason).bytes())
                .statusCode(400)
                .body("field", equalTo(field));

        assertThat(configured("weir.registry.directory").resolve("aliasless")).doesNotExist();
    }

    @Test
    void shouldChangeNothingTheSecondTime() throws IOException {
        String digest =
                register("twice", iris().bytes()).statusCode(201).extract().path("digest");

        register("twice", iris().bytes())
                .statusCode(200)
                .body("result", equalTo("unchanged"))
                .body("version", equalTo("1"))
                .body("digest", equalTo(digest));
        assertThat(names(version("twice", "1").getParent())).containsExactly("1");
    }

    @Test
    void shouldRegisterOnceWhatArrivesSeveralTimesAtOnce() throws Exception {
        byte[] form = iris().bytes();
        List<Integer> statuses = new ArrayList<>();
        try (ExecutorService clients = Executors.newFixedThreadPool(4)) {
            Callable<Integer> client =
                    () -> register("parallel", form).extract().statusCode();
            for (Future<Integer> each : clients.invokeAll(List.of(client, client, client, client))) {
                statuses.add(each.get());
            }
        }

        assertThat(statuses).containsOnly(200, 201).containsOnlyOnce(201);
        assertThat(names(version("parallel", "1").getParent())).containsExactly("1");
    }

    @Test
    void shouldGiveOtherContentTheNextNumber() {
        register("next", iris().bytes()).statusCode(201).body("version", equalTo("1"));

        register(
                        "next",
                        iris().word("manifest", "{\"description\": \"another\"}")
                                .bytes())
                .statusCode(201)
                .body("version", equalTo("2"));
    }

    @Test
    void shouldNeverChangeAVersion() {
        register("kept", iris().word("version", "v1").bytes()).statusCode(201);
        byte[] manifest = read(version("kept", "v1").resolve("manifest.json"));

        register("kept", iris().word("version", "v1").word("manifest", FEATURES).bytes())
                .statusCode(409)
                .body("code", equalTo("CONFLICT"))
                .body("field", equalTo("version"));
        assertThat(read(version("kept", "v1").resolve("manifest.json"))).isEqualTo(manifest);
    }

    @Test
    void shouldTakeAWholeManifestGoldenSamplesAndLineageIncluded() throws IOException {
        ObjectNode manifest = (ObjectNode) new ObjectMapper().readTree(read(EXAMPLE.resolve("manifest.json")));
        manifest.put("model", "whole");
        ((ObjectNode) manifest.at("/lineage/metrics")).put("held_out_rows", 38.0); // metrics are decimals

        register("whole", iris().word("manifest", manifest.toString()).bytes())
                .statusCode(201)
                .body("warnings", hasSize(1));

        JsonNode published =
                new ObjectMapper().readTree(read(version("whole", "1").resolve("manifest.json")));
        assertThat(published).isEqualTo(manifest);
    }

    @Test
    void shouldMakeAProfileOfTheTrainingData() throws IOException {
        String rows = IntStream.range(0, 150)
                .mapToObj(i -> (4 + i * 0.01) + "," + (2 + i % 24) + "," + i + ",0." + i % 3 + ",label\n")
                .reduce("sepal_length,sepal_width,petal_length,petal_width,species\n", String::concat);

        register(
                        "profiled",
                        iris().word("manifest", FEATURES).word("training", rows).bytes())
                .statusCode(201)
                .body("profile", equalTo("profile.json"))
                .body("files.path", contains("model.onnx", "profile.json"));

        ReferenceProfile profile =
                ReferenceProfile.read(read(version("profiled", "1").resolve("profile.json")));
        assertThat(profile.rows()).isEqualTo(150);
        assertThat(profile.features())
                .extracting(feature -> feature.name())
                .containsExactly("sepal_length", "sepal_width", "petal_length", "petal_width");
    }

    @Test
    void shouldServeAtOnceWhatAnAliasPointsTo() {
        given().get("/v2/models/awaited/ready").then().statusCode(503);

        register(
                        "awaited",
                        iris().word("alias", "@champion")
                                .word("reason", "first")
                                .bytes())
                .statusCode(201)
                .body("alias", equalTo("@champion"));

        given().get("/v2/models/awaited/ready").then().statusCode(200);
    }

    @Test
    void shouldCheckGoldenSamplesWhoseTypesAndShapesTheSignatureKnows() {
        String golden = """
                [{"inputs": [{"name": "features", "data": [[5.1, 3.5, 1.4, 0.2]]}],
                  "outputs": [{"name": "label", "data": [%d]}]}]
                """;
        register("golden", iris().word("golden", golden.formatted(0)).bytes())
                .statusCode(201)
                .body("warnings", hasSize(2));

        register("golden", iris().word("golden", golden.formatted(1)).bytes())
                .statusCode(422)
                .body("code", equalTo("MODEL_REFUSED"))
                .body("detail", containsString("golden sample 'golden[0]', output 'label'"));
    }

    @Test
    void shouldRegisterNothingInADryRun() throws IOException {
        register("dry/versions?dry_run=true", Form.TYPE, iris().bytes())
                .statusCode(200)
                .body("result", equalTo("dry_run"))
                .body("version", equalTo("1"));

        assertThat(configured("weir.registry.directory").resolve("dry")).doesNotExist();
    }

    @Test
    void shouldKeepTheOrderAndTheDirectoriesOfSeveralFiles() throws IOException {
        register(
                        "files",
                        iris().file("model", "labels/zebra.txt", new byte[] {1})
                                .file("model", "apple.txt", new byte[0])
                                .bytes())
                .statusCode(201)
                .body("files.path", contains("model.onnx", "apple.txt", "labels/zebra.txt"));

        assertThat(read(version("files", "1").resolve("labels/zebra.txt"))).containsExactly(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"signature\": {\"inputs\": [{\"name\": \"x\"}]}} | UNKNOWN_INPUT | manifest.signature.inputs[0].name",
                "{\"signature\": {\"outputs\": [{\"name\": \"x\"}]}} | UNKNOWN_OUTPUT"
                        + " | manifest.signature.outputs[0].name",
                "{\"signature\": {\"inputs\": [{\"name\": \"features\", \"datatype\": \"FP64\"}]}} | WRONG_DATATYPE"
                        + " | manifest.signature.inputs[0].datatype",
                "{\"signature\": {\"inputs\": [{\"name\": \"features\", \"shape\": [-1, 5]}]}} | WRONG_SHAPE"
                        + " | manifest.signature.inputs[0].shape",
                "{\"signature\": {\"inputs\": [{\"name\": \"features\", \"features\": [\"a\"]}]}} | WRONG_SHAPE"
                        + " | manifest.signature.inputs[0].features",
                "{\"model\": \"other\"} | INVALID_FIELD | manifest.model",
                "{\"format\": \"pickle\"} | INVALID_FIELD | manifest.format",
                "{\"lable\": 1} | INVALID_FIELD | manifest",
                "{\"profile\": \"p.json\"} | INVALID_FIELD | manifest.profile",
                "{\"files\": [{\"path\": \"other.onnx\"}]} | INVALID_FIELD | manifest.files[0].path",
                "{\"files\": [{\"path\": \"model.onnx\", \"bytes\": 1}]} | INVALID_FIELD | manifest.files[0].bytes",
                "{\"session\": {\"intra_op_threads\": 0}} | INVALID_FIELD | manifest"
            })
    void shouldNameWhatTheManifestSaysWrongly(String manifest, String code, String field) {
        register("wrong", iris().word("manifest", manifest).bytes())
                .statusCode(400)
                .body("code", equalTo(code))
                .body("field", equalTo(field));
    }

    @Test
    void shouldRefuseAModelThatIsCutShort() {
        register(
                        "cut",
                        new Form()
                                .file("model", "model.onnx", Arrays.copyOf(IRIS, IRIS.length / 2))
                                .bytes())
                .statusCode(422)
                .body("code", equalTo("MODEL_REFUSED"))
                .body("field", equalTo("model"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../x.onnx",
                "a/../../x.onnx",
                "/etc/x.onnx",
                "..\\\\x.onnx",
                "C:\\\\x.onnx",
                "%2e%2e/x.onnx",
                "%2E%2E%2Fx.onnx",
                ".hidden",
                "a//b",
                "a/.",
                "x.onnx\0",
                "x;y.onnx",
                "\u202ex.onnx",
                "manifest.json"
            })
    void shouldRefuseFileNamesThatAreNoPathsBelowTheVersion(String name) throws IOException {
        register("paths", iris().file("model", name, new byte[1]).bytes())
                .statusCode(400)
                .body("code", equalTo("INVALID_FIELD"))
                .body("field", equalTo("model"));
        assertThat(configured("weir.registry.directory").resolve("paths")).doesNotExist();
    }

    @Test
    void shouldRefuseAFileInsideAnother() {
        register("inside", iris().file("model", "model.onnx/x", new byte[1]).bytes())
                .statusCode(400)
                .body("field", equalTo("model"));
    }

    @Test
    void shouldRefuseTooManyParts() {
        Form form = iris();
        IntStream.range(0, 12).forEach(i -> form.file("model", "f" + i, new byte[1]));

        register("many", form.bytes())
                .statusCode(400)
                .body("code", equalTo("LIMIT_EXCEEDED"))
                .body("limit", equalTo(12));
    }

    @Test
    void shouldRefuseAHeadThatIsTooLong() {
        register("head", iris().part("X: " + "x".repeat(100_000), new byte[0]).bytes())
                .statusCode(400)
                .body("code", equalTo("LIMIT_EXCEEDED"))
                .body("limit", equalTo(4096));
    }

    @Test
    void shouldRefuseABodyThatIsTooLarge() {
        register("large", iris().file("model", "weights", new byte[300 << 10]).bytes())
                .statusCode(413)
                .body("code", equalTo("BODY_TOO_LARGE"))
                .body("limit", equalTo(256 << 10));
    }

    @Test
    void shouldRefuseAManifestThatIsTooLarge() {
        register("document", iris().word("manifest", " ".repeat(33 << 10)).bytes())
                .statusCode(400)
                .body("code", equalTo("LIMIT_EXCEEDED"))
                .body("field", equalTo("manifest"))
                .body("limit", equalTo(32 << 10));
    }

    @Test
    void shouldRefuseMoreTrainingDataThanTheLimit() {
        String rows = "sepal_length\n" + "1\n".repeat(201);

        register(
                        "rows",
                        iris().word("manifest", FEATURES).word("training", rows).bytes())
                .statusCode(400)
                .body("code", equalTo("LIMIT_EXCEEDED"))
                .body("field", equalTo("training"))
                .body("limit", equalTo(200));
    }

    @Test
    void shouldRefuseABodyWithoutItsEnd() {
        register("unended", iris().unended()).statusCode(400).body("code", equalTo("MALFORMED_BODY"));
    }

    @Test
    void shouldRefuseAContentTypeWithoutBoundary() {
        register("unbound/versions", "multipart/form-data", iris().bytes())
                .statusCode(400)
                .body("code", equalTo("MALFORMED_BODY"));
    }

    @Test
    void shouldRefuseAFormWithoutAModel() {
        register("none", new Form().word("version", "1").bytes())
                .statusCode(400)
                .body("code", equalTo("MISSING_FIELD"))
                .body("field", equalTo("model"));
    }

    @ParameterizedTest
    @CsvSource({
        "version, ../1, INVALID_ID, version",
        "script, x, INVALID_FIELD, script",
        "alias, champion, MISSING_FIELD, reason",
        "golden, {}, INVALID_FIELD, golden",
        "golden, 'null}, \"version\": 1, \"x\": {', INVALID_FIELD, golden"
    })
    void shouldNameThePartThatIsWrong(String part, String value, String code, String field) {
        register("part", iris().word(part, value).bytes())
                .statusCode(400)
                .body("code", equalTo(code))
                .body("field", equalTo(field));
    }

    @Test
    void shouldRefuseMoreThanSoManyAtATimeAndTakeThemLater() throws IOException {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                slow.add(beginUpload());
            }
            Awaitility.await().untilAsserted(() -> register("busy", iris().bytes())
                    .statusCode(503)
                    .header("Retry-After", notNullValue())
                    .body("code", equalTo("QUEUE_FULL")));
        } finally {
            for (Socket each : slow) {
                each.close();
            }
        }
        Awaitility.await().untilAsserted(() -> register("busy", iris().bytes()).statusCode(equalTo(200)));
    }

    private Socket beginUpload() throws IOException {
        Socket socket = new Socket(server.getHost(), server.getPort());
        OutputStream out = socket.getOutputStream();
        out.write(("POST /api/v1/models/slow/versions HTTP/1.1\r\nHost: x\r\nContent-Type: " + Form.TYPE
                        + "\r\nContent-Length: 5000\r\n\r\n--weir-test\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        out.flush();
        return socket;
    }

    @Test
    void shouldKeepNothingOfWhatItRefused() throws IOException {
        register("refused", new Form().file("model", "model.onnx", new byte[9]).bytes())
                .statusCode(422);

        Awaitility.await().untilAsserted(() -> assertThat(names(configured("weir.registration.directory")))
                .isEmpty());
    }

    @Test
    void shouldCountRegistrationsByResult() {
        register("counted", iris().bytes()).statusCode(201);

        String metrics = given().baseUri("http://" + server.getHost())
                .port(ConfigProvider.getConfig().getValue("quarkus.management.test-port", Integer.class))
                .get("/q/metrics")
                .asString();
        assertThat(metrics).contains("weir_registrations_total{result=\"created\"}");
    }

    @Test
    void shouldListWhatWasRegistered() {
        register("listed", iris().bytes()).statusCode(201);

        given().get("/api/v1/registry")
                .then()
                .body("models.find { it.model == 'listed' }.versions.version", contains("1"))
                .body("models.findAll { it.model == 'refused' }", empty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "?dry_run=true"})
    void shouldTellWhichDemandsAVersionDoesNotMeet(String query) {
        byte[] form = iris().word("manifest", "{\"lineage\": {\"metrics\": {\"auc\": 0.8}}}")
                .bytes();

        register("demanded/versions" + query, Form.TYPE, form)
                .body("unmet.deployment", everyItem(equalTo("demanding")))
                .body("unmet.demand", contains("lineage.git_commit", "metrics.auc >= 0.9"))
                .body("unmet.reason", hasItem(containsString("0.8")));
    }

    @Test
    void shouldTellOfNoDemandsWhereThereAreNone() {
        register("undemanded", iris().bytes()).statusCode(201).body("unmet", empty());
    }
}
