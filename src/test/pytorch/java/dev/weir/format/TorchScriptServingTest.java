package dev.weir.format;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.fixture.Form;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.config.EncoderConfig;
import io.restassured.config.RestAssuredConfig;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A server that found the format by itself, with the example model trained by PyTorch, called over HTTP. */
@QuarkusTest
@TestProfile(TorchScriptServingTest.TheExample.class)
class TorchScriptServingTest {

    private static final Path EXAMPLES = Path.of("examples", "pytorch").toAbsolutePath();

    public static class TheExample implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "weir.registry.directory", EXAMPLES.resolve("registry").toString(),
                    "weir.deployments.directory",
                            EXAMPLES.resolve("deployments").toString(),
                    "weir.state.directory", TorchModels.STATE.toAbsolutePath().toString());
        }
    }

    private static JsonNode sample() throws IOException {
        Path manifest = EXAMPLES.resolve("registry/digits-cnn/1/manifest.json");
        return new ObjectMapper().readTree(manifest.toFile()).get("golden").get(1);
    }

    private static Response infer(JsonNode inputs) {
        return given().body("{\"inputs\":" + inputs + "}").post("/v2/models/digits-cnn/infer");
    }

    @Test
    void shouldAnswerWhatPyTorchInPythonAnswers() throws IOException {
        JsonNode sample = sample();

        Response answer = infer(sample.get("inputs"));

        answer.then().statusCode(200).body("outputs.name", contains("label", "probabilities"));
        assertThat(answer.jsonPath().getList("outputs[0].data", Integer.class)).containsExactly(1, 2, 3);
        List<Double> probabilities = answer.jsonPath().getList("outputs[1].data", Double.class);
        Iterator<JsonNode> expected = sample.get("outputs").get(1).get("data").iterator();
        assertThat(probabilities).hasSize(30).allSatisfy(each -> assertThat(
                        Math.abs(each - expected.next().asDouble()))
                .isLessThan(1e-4));
    }

    @Test
    void shouldTellFormatAndRuntime() {
        given().get("/v2/models/digits-cnn")
                .then()
                .statusCode(200)
                .body("platform", equalTo("pytorch_libtorch"))
                .body("inputs[0].datatype", equalTo("FP32"));
    }

    @Test
    void shouldRefuseWhatTheSignatureDoesNotPromise() {
        given().body("{\"inputs\":[{\"name\":\"image\",\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[1,2]}]}")
                .post("/v2/models/digits-cnn/infer")
                .then()
                .statusCode(400)
                .body("code", equalTo("WRONG_SHAPE"));
    }

    private static Response register(JsonNode manifest) throws IOException {
        byte[] form = new Form()
                .file("model", "model.pt", Files.readAllBytes(EXAMPLES.resolve("registry/digits-cnn/1/model.pt")))
                .word("manifest", manifest.toString())
                .bytes();
        return given().config(RestAssuredConfig.config()
                        .encoderConfig(EncoderConfig.encoderConfig()
                                .appendDefaultContentCharsetToContentTypeIfUndefined(false)
                                .encodeContentTypeAs("multipart/form-data", ContentType.BINARY)))
                .contentType(Form.TYPE)
                .body(form)
                .post("/api/v1/models/handed-over/versions?dry_run=true");
    }

    /** What the example's manifest says that its file does not. */
    private static ObjectNode known() throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        JsonNode manifest = mapper.readTree(
                EXAMPLES.resolve("registry/digits-cnn/1/manifest.json").toFile());
        ObjectNode known = mapper.createObjectNode();
        known.put("format", "torchscript");
        known.set("signature", manifest.get("signature"));
        known.set("golden", manifest.get("golden"));
        return known;
    }

    @Test
    void shouldTakeAModelThatIsHandedOverWithItsSignature() throws IOException {
        register(known())
                .then()
                .statusCode(200)
                .body("result", equalTo("dry_run"))
                .body("format", equalTo("torchscript"))
                .body("outputs.name", contains("label", "probabilities"));
    }

    @Test
    void shouldAskForTheSignatureThatTheFileDoesNotTell() throws IOException {
        register(known().without("signature"))
                .then()
                .statusCode(400)
                .body("code", equalTo("MISSING_FIELD"))
                .body("field", equalTo("manifest.signature"));
    }
}
