package dev.weir.api.admin;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import dev.weir.fixture.Form;
import dev.weir.fixture.LatchFormat;
import dev.weir.fixture.TroubledRegistry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.config.EncoderConfig;
import io.restassured.config.RestAssuredConfig;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Registrations that hang, arrive too slowly, succeed by half, or come from somebody who may not. */
@QuarkusTest
@TestProfile(TroubledRegistry.class)
class RegistrationTroubleTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final String MANIFEST = """
            {"format": "latch", "signature": {"batch_axis": 0,
              "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1]}],
              "outputs": [{"name": "y", "datatype": "FP32", "shape": [-1]}]}}
            """;

    @TestHTTPResource("/")
    URI server;

    private static Path registry() {
        return Path.of(ConfigProvider.getConfig().getValue("weir.registry.directory", String.class));
    }

    private static Form form(String content) {
        return new Form().file("model", "model.latch", content.getBytes(StandardCharsets.UTF_8));
    }

    private static Form echo() {
        return form("echo").word("manifest", MANIFEST);
    }

    private static RequestSpecification request() {
        return given().config(RestAssuredConfig.config()
                        .encoderConfig(EncoderConfig.encoderConfig()
                                .appendDefaultContentCharsetToContentTypeIfUndefined(false)
                                .encodeContentTypeAs("multipart/form-data", ContentType.BINARY)))
                .contentType(Form.TYPE);
    }

    private static ValidatableResponse register(String model, Form form) {
        return request()
                .body(form.bytes())
                .post("/api/v1/models/" + model + "/versions")
                .then();
    }

    @Test
    void shouldTakeTheSignatureOfTheManifestWhenTheFormatDoesNotTell() {
        register("told", echo())
                .statusCode(201)
                .body("format", equalTo("latch"))
                .body("inputs[0].name", equalTo("x"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'format': 'latch'} | manifest.signature",
                "{'format': 'latch', 'signature': {}} | manifest.signature.inputs",
                "{'format': 'latch', 'signature': {'inputs': [{'name': 'x', 'shape': [-1]}]}}"
                        + " | manifest.signature.inputs[0].datatype",
                "{'format': 'latch', 'signature': {'inputs': [{'name': 'x', 'datatype': 'FP32', 'shape': [-1]}],"
                        + " 'outputs': [{'name': 'y', 'datatype': 'FP32'}]}} | manifest.signature.outputs[0].shape"
            })
    void shouldNameWhatTheManifestMustSayBecauseTheFileDoesNot(String manifest, String field) {
        register("untold", form("echo").word("manifest", manifest.replace('\'', '"')))
                .statusCode(400)
                .body("code", equalTo("MISSING_FIELD"))
                .body("detail", containsString("a file of format 'latch' does not tell its signature"))
                .body("field", equalTo(field));
    }

    @Test
    void shouldRefuseASignatureThatTheModelBelies() {
        register("belied", form("echo").word("manifest", MANIFEST.replace("FP32", "INT64")))
                .statusCode(422)
                .body("code", equalTo("MODEL_REFUSED"))
                .body("detail", containsString("input 'x' is promised as INT64"));
    }

    @Test
    void shouldKeepThePlaceOfAModelThatHangsUntilItEnds() {
        register("hanging", form("hang").word("manifest", MANIFEST))
                .statusCode(422)
                .body("code", equalTo("MODEL_REFUSED"))
                .body("detail", containsString("not loaded and checked within 3 s"));

        register("waiting", echo())
                .statusCode(503)
                .header("Retry-After", notNullValue())
                .body("code", equalTo("QUEUE_FULL"))
                .body("detail", containsString("1 of them hang in their model's runtime"));

        LatchFormat.release(1);
        await().atMost(PATIENCE).untilAsserted(() -> register("waiting", echo()).statusCode(201));
    }

    @Test
    void shouldRefuseABodyThatArrivesTooSlowly() throws IOException {
        String answer;
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write(("POST /api/v1/models/slow/versions HTTP/1.1\r\nHost: x\r\nContent-Type: " + Form.TYPE
                            + "\r\nContent-Length: 500000\r\n\r\n--weir-test\r\n"
                            + "Content-Disposition: form-data; name=\"model\"; filename=\"model.latch\"\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100)).until(() -> {
                out.write('x');
                return in.available() > 0;
            });
            answer = new String(in.readNBytes(in.available()), StandardCharsets.UTF_8);
        }

        assertThat(answer).startsWith("HTTP/1.1 408 ").contains("BODY_TIMEOUT", "\"limit\":1000");
    }

    @Test
    void shouldRegisterTheVersionThoughItsAliasCannotMove() throws IOException {
        Path aliases = Files.createDirectories(registry().resolve("awaited")).resolve("aliases.json");
        Files.writeString(aliases, "{");
        Form form = echo().word("alias", "@champion").word("reason", "first");

        register("awaited", form)
                .statusCode(201)
                .body("result", equalTo("created"))
                .body("version", equalTo("1"))
                .body("alias", nullValue())
                .body("aliasProblem.code", equalTo("REGISTRY_UNAVAILABLE"));

        Files.delete(aliases);
        register("awaited", form)
                .statusCode(200)
                .body("result", equalTo("unchanged"))
                .body("alias", equalTo("@champion"))
                .body("$", not(org.hamcrest.Matchers.hasKey("aliasProblem")));
        // What the move asks for is loaded for as long as moves wait for it, and may take longer on a loaded machine.
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> given().get("/api/v1/deployments/awaited").then().body("problem", nullValue()));
        given().get("/v2/models/awaited/ready").then().statusCode(200);
    }

    @Test
    void shouldLetNobodyMoveAnAliasWhoMayOnlyRegister() {
        request()
                .header("Authorization", "REGISTER")
                .body(echo().word("alias", "@champion").word("reason", "mine").bytes())
                .post("/api/v1/models/theirs/versions")
                .then()
                .statusCode(403)
                .body("code", equalTo("FORBIDDEN"));

        assertThat(registry().resolve("theirs")).doesNotExist();
    }

    @Test
    void shouldLetNobodyRegisterWithoutTheRole() {
        request()
                .header("Authorization", "OPERATE")
                .body(echo().bytes())
                .post("/api/v1/models/theirs/versions")
                .then()
                .statusCode(403)
                .body("code", equalTo("FORBIDDEN"));
    }
}
