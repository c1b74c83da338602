package dev.weir.api.v2;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.config.JsonConfig;
import io.restassured.config.RestAssuredConfig;
import io.restassured.path.json.config.JsonPathConfig.NumberReturnType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

@QuarkusTest
class V2InferTest {

    private static final String UUID = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
    private static final String SETOSA =
            "{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[1,4],\"data\":[5.1,3.5,1.4,0.2]}";

    private static RequestSpecification json(String body) {
        return given().config(RestAssuredConfig.config()
                        .jsonConfig(JsonConfig.jsonConfig().numberReturnType(NumberReturnType.DOUBLE)))
                .contentType("application/json")
                .body(body);
    }

    private static String inputs(String tensors) {
        return "{\"inputs\":[" + tensors + "]}";
    }

    @Test
    void answersAFlatRequest() {
        json(inputs(SETOSA))
                .post("/v2/models/iris/infer")
                .then()
                .statusCode(200)
                .contentType("application/json")
                .body("model_name", equalTo("iris"))
                .body("model_version", equalTo("1"))
                .body("outputs.name", contains("label", "probabilities"))
                .body("outputs[0].datatype", equalTo("INT64"))
                .body("outputs[0].shape", contains(1))
                .body("outputs[0].data", contains(0))
                .body("outputs[1].shape", contains(1, 3))
                .body("outputs[1].data[0]", closeTo(0.98, 0.03));
    }

    @Test
    void answersANestedRequest() {
        json(inputs("{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[2,4],"
                        + "\"data\":[[5.1,3.5,1.4,0.2],[6.7,3.0,5.2,2.3]]}"))
                .post("/v2/models/iris/infer")
                .then()
                .statusCode(200)
                .body("outputs[0].data", contains(0, 2));
    }

    @Test
    void readsFieldsInAnyOrder() {
        String body = "{\"inputs\":[{\"data\":[[5.1,3.5,1.4,0.2]],\"extra\":{\"a\":[1]},\"shape\":[1,4],"
                + "\"parameters\":{},\"datatype\":\"FP32\",\"name\":\"features\"}],\"id\":\"late\",\"more\":null}";
        json(body).post("/v2/models/iris/infer").then().statusCode(200).body("outputs[0].data", contains(0));
    }

    @Test
    void takesNullForAbsent() {
        String body = "{\"id\":null,\"parameters\":null,\"outputs\":null,\"inputs\":[{\"name\":\"features\","
                + "\"datatype\":\"FP32\",\"shape\":[1,4],\"parameters\":null,\"data\":[5.1,3.5,1.4,0.2]}]}";
        json(body).post("/v2/models/iris/infer").then().statusCode(200).body("id", matchesPattern(UUID));
    }

    @Test
    void ignoresASlashAtTheEndOfAPath() {
        given().get("/v2/").then().statusCode(200).body("name", equalTo("weir"));
        json(inputs(SETOSA)).post("/v2/models/iris/infer/").then().statusCode(200);
    }

    @Test
    void returnsOnlyTheOutputsAskedForInTheirOrder() {
        json("{\"inputs\":[" + SETOSA + "],\"outputs\":[{\"name\":\"probabilities\"}]}")
                .post("/v2/models/iris/infer")
                .then()
                .statusCode(200)
                .body("outputs.name", contains("probabilities"));
        json("{\"inputs\":[" + SETOSA + "],\"outputs\":[{\"name\":\"probabilities\"},{\"name\":\"label\"}]}")
                .post("/v2/models/iris/infer")
                .then()
                .statusCode(200)
                .body("outputs.name", contains("probabilities", "label"))
                .body("outputs[0].data", hasSize(3))
                .body("outputs[1].data", contains(0));
    }

    @Test
    void callsAPinnedVersionAndNamesIt() {
        String rows = "{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[1,30],\"data\":"
                + Arrays.toString(new double[30]) + "}]}";
        json(rows)
                .post("/v2/models/breast-cancer/infer")
                .then()
                .statusCode(200)
                .header("Weir-Model-Version", "2")
                .header("Weir-Variant", "primary")
                .body("parameters.weir_route", equalTo("primary"));
        json(rows)
                .post("/v2/models/breast-cancer/versions/1/infer")
                .then()
                .statusCode(200)
                .header("Weir-Model-Version", "1")
                .header("Weir-Variant", "standby-1")
                .body("model_version", equalTo("1"))
                .body("parameters.weir_route", equalTo("pinned"));
    }

    @Test
    void neverServesTheDeliberatelyBadVersion() {
        json(inputs(SETOSA))
                .post("/v2/models/breast-cancer/versions/3/infer")
                .then()
                .statusCode(404)
                .body("code", equalTo("UNKNOWN_VERSION"));
    }

    @Test
    void takesStringsAndNumbersByColumn() {
        json(inputs("{\"name\":\"island\",\"datatype\":\"BYTES\",\"shape\":[1,1],\"data\":[\"Torgersen\"]},"
                        + "{\"name\":\"bill_length_mm\",\"datatype\":\"FP32\",\"shape\":[1,1],\"data\":[39.1]},"
                        + "{\"name\":\"bill_depth_mm\",\"datatype\":\"FP32\",\"shape\":[1,1],\"data\":[\"NaN\"]},"
                        + "{\"name\":\"flipper_length_mm\",\"datatype\":\"FP32\",\"shape\":[1,1],\"data\":[181]},"
                        + "{\"name\":\"body_mass_g\",\"datatype\":\"INT64\",\"shape\":[1,1],\"data\":[3750]},"
                        + "{\"name\":\"sex\",\"datatype\":\"BYTES\",\"shape\":[1,1],\"data\":[\"male\"]}"))
                .post("/v2/models/penguins/infer")
                .then()
                .statusCode(200)
                .body("outputs[0].datatype", equalTo("BYTES"))
                .body("outputs[0].data", contains("Adelie"));
    }

    @Test
    void alwaysReturnsAnIdAndEchoesTheCallers() {
        json(inputs(SETOSA))
                .post("/v2/models/iris/infer")
                .then()
                .header("X-Request-Id", matchesPattern(UUID))
                .header("Weir-Prediction-Id", matchesPattern(UUID))
                .body("id", matchesPattern(UUID));
        json("{\"id\":\"order-17\",\"inputs\":[" + SETOSA + "]}")
                .post("/v2/models/iris/infer")
                .then()
                .header("X-Request-Id", "order-17")
                .body("id", equalTo("order-17"));
        json("{\"id\":\"order-17\",\"inputs\":[" + SETOSA + "]}")
                .header("X-Request-Id", "trace/9")
                .post("/v2/models/iris/infer")
                .then()
                .header("X-Request-Id", "trace/9")
                .body("id", equalTo("order-17"));
    }

    @Test
    void takesATimeoutFromHeaderAndParameter() {
        json(inputs(SETOSA))
                .header("Weir-Timeout-Ms", "1000")
                .post("/v2/models/iris/infer")
                .then()
                .statusCode(200);
        json("{\"parameters\":{\"timeout\":1},\"inputs\":[" + SETOSA + "]}")
                .post("/v2/models/iris/infer")
                .then()
                .statusCode(504)
                .body("code", equalTo("DEADLINE_EXCEEDED"))
                .header("Weir-Prediction-Id", matchesPattern(UUID));
    }

    private static byte[] floats(float... values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            buffer.putFloat(value);
        }
        return buffer.array();
    }

    private static byte[] join(byte[] left, byte[] right) {
        byte[] both = Arrays.copyOf(left, left.length + right.length);
        System.arraycopy(right, 0, both, left.length, right.length);
        return both;
    }

    private static Response binary(String header, byte[] block) {
        byte[] head = header.getBytes(StandardCharsets.UTF_8);
        return given().header("Inference-Header-Content-Length", head.length)
                .contentType("application/octet-stream")
                .body(join(head, block))
                .post("/v2/models/iris/infer");
    }

    @Test
    void takesAndGivesBinaryTensors() {
        Response response = binary(
                "{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[1,4],"
                        + "\"parameters\":{\"binary_data_size\":16}}],"
                        + "\"parameters\":{\"binary_data_output\":true}}",
                floats(5.1f, 3.5f, 1.4f, 0.2f));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.contentType()).isEqualTo("application/octet-stream");
        byte[] body = response.asByteArray();
        int jsonLength = Integer.parseInt(response.header("Inference-Header-Content-Length"));
        String head = new String(body, 0, jsonLength, StandardCharsets.UTF_8);
        assertThat(head).contains("\"binary_data_size\":8").contains("\"binary_data_size\":12");
        ByteBuffer block =
                ByteBuffer.wrap(body, jsonLength, body.length - jsonLength).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(block.getLong()).isZero();
        assertThat(block.getFloat() + block.getFloat() + block.getFloat()).isBetween(0.999f, 1.001f);
        assertThat(block.hasRemaining()).isFalse();
    }

    @Test
    void mixesBinaryAndJsonOutputs() {
        Response response = json("{\"inputs\":[" + SETOSA + "],\"outputs\":[{\"name\":\"label\","
                        + "\"parameters\":{\"binary_data\":true}},{\"name\":\"probabilities\"}]}")
                .post("/v2/models/iris/infer");
        int jsonLength = Integer.parseInt(response.header("Inference-Header-Content-Length"));
        assertThat(response.asByteArray()).hasSize(jsonLength + Long.BYTES);
        assertThat(new String(response.asByteArray(), 0, jsonLength, StandardCharsets.UTF_8))
                .contains("\"probabilities\",\"datatype\":\"FP32\",\"shape\":[1,3],\"data\":[");
    }

    @Test
    void takesTheElementsOfTheOnlyInputAsTheWholeBody() {
        Response response = given().header("Inference-Header-Content-Length", 0)
                .contentType("application/octet-stream")
                .body(floats(5.1f, 3.5f, 1.4f, 0.2f))
                .post("/v2/models/iris/infer");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.header("Inference-Header-Content-Length")).isNotNull();
    }

    @Test
    void refusesAWholeBodyOfAnotherLength() {
        given().header("Inference-Header-Content-Length", 0)
                .contentType("application/octet-stream")
                .body(floats(5.1f, 3.5f, 1.4f))
                .post("/v2/models/iris/infer")
                .then()
                .statusCode(400)
                .body("code", equalTo("WRONG_DATA_LENGTH"))
                .body("field", equalTo("body"));
    }

    @Test
    void refusesAWholeBodyForAModelOfSeveralInputs() {
        given().header("Inference-Header-Content-Length", 0)
                .contentType("application/octet-stream")
                .body(floats(5.1f))
                .post("/v2/models/penguins/infer")
                .then()
                .statusCode(400)
                .body("code", equalTo("UNSUPPORTED_REQUEST"))
                .body("field", equalTo("Inference-Header-Content-Length"));
    }

    @Test
    void givesNoBinaryHeaderWithoutBinaryOutputs() {
        json(inputs(SETOSA))
                .post("/v2/models/iris/infer")
                .then()
                .header("Inference-Header-Content-Length", nullValue());
    }

    @Test
    void takesAnImage() {
        String row = Arrays.toString(new int[8]);
        json(inputs("{\"name\":\"image\",\"datatype\":\"FP32\",\"shape\":[1,8,8],\"data\":[["
                        + String.join(",", java.util.Collections.nCopies(8, row)) + "]]}"))
                .post("/v2/models/digits/infer")
                .then()
                .statusCode(200)
                .body("outputs[1].data", hasSize(10));
    }
}
